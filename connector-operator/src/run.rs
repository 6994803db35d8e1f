//! The process: starts its tasks, and ends on a signal or when one of them ends.
//!
//! Only one replica should run. Two would do everything twice, which does no harm.

use std::sync::Arc;

use anyhow::Context as _;
use delivery_controller::watch::Watch;
use delivery_observability::{Health, Tasks, admin};
use kube::Client;
use tokio::sync::watch;

use crate::cleanup::sweep::Sweep;
use crate::config::Config;
use crate::connect::availability::Availability;
use crate::connect::rest;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::reconcile::context::Context;
use crate::reconcile::control_loop::ControlLoop;
use crate::strimzi::connector::{GuardedConnector, KINDS};

/// The process is ready when it knows whether the kind is served, and if so, all objects.
const OBJECTS: &str = "objects";

/// Runs until the process gets a signal to end.
///
/// # Errors
/// When it cannot start, or a task ends by itself: Kubernetes restarts it.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration is invalid.")?;
    let client =
        Client::try_default().await.context("Cannot configure the connection to the Kubernetes API server.")?;
    let http =
        rest::client().context("Cannot read the list of certificate authorities; set SSL_CERT_FILE to another one.")?;
    let health = Health::default();
    health.require(OBJECTS, "Listing the KafkaConnectors.");
    let (watches, objects): (Vec<_>, Vec<_>) =
        config.watch_namespaces.iter().map(|namespace| Watch::<GuardedConnector>::new(namespace)).unzip();
    let (objects, metrics) = (Arc::new(Objects(objects)), Metrics::default());
    let context = Arc::new(Context::new(client, config, &http, metrics.clone()));
    let mut tasks = Tasks::new();

    let counted = Arc::clone(&objects);
    let registry = metrics.registry(move || counted.states().to_vec());
    let serving = admin::serve(context.config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });

    let (found, kind_served) = watch::channel(false);
    let (client, waiting) = (context.client.clone(), health.clone());
    tasks.spawn_endless("kinds", async move {
        // Without the kind there is nothing to reconcile, and the process is ready anyway.
        KINDS.served(&client, &waiting, || waiting.met(OBJECTS)).await;
        found.send_replace(true);
        std::future::pending::<()>().await;
    });
    let (listed, listing) = (Arc::clone(&objects), health.clone());
    tasks.spawn("objects", async move {
        listed.wait_until_complete().await?;
        listing.met(OBJECTS);
        std::future::pending().await
    });
    let (deleted, restored) = (watch::Sender::new(0), watch::Sender::new(0));
    for watch in watches {
        let control_loop = ControlLoop {
            context: Arc::clone(&context),
            health: health.clone(),
            deleted: deleted.clone(),
            restored: restored.subscribe(),
        };
        let (ending, stop, mut kind_served) = (tasks.ending(), tasks.ending(), kind_served.clone());
        tasks.drain("control loop", async move {
            tokio::select! {
                served = kind_served.wait_for(|served| *served) => { served?; }
                () = ending => return Ok(()),
            }
            control_loop.run(watch, stop).await;
            Ok(())
        });
    }
    let sweep = Sweep {
        context: Arc::clone(&context),
        objects,
        availability: Arc::new(Availability::new(health, metrics)),
        deleted: deleted.subscribe(),
        restored,
    };
    for (name, connect) in context.clusters.iter() {
        tasks.spawn("sweep", sweep.clone().run(name.to_owned(), connect.clone()));
    }
    tasks.supervise().await
}
