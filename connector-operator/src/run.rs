//! The process: starts its tasks, and ends on a signal or when one of them ends.
//!
//! Only one replica should run. Two would do everything twice, which does no harm.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use delivery_controller::access::access;
use delivery_controller::watch::Watch;
use delivery_observability::metrics::gauges::{hanging, objects_by, readiness};
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks};
use tokio::sync::watch;

use crate::cleanup::sweep::Sweep;
use crate::config::Config;
use crate::connect::availability::Availability;
use crate::connect::rest;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::reconcile::context::Context;
use crate::reconcile::control_loop::{ControlLoop, LIMIT};
use crate::strimzi::connector::{GuardedConnector, KINDS};

/// The process is ready when it knows whether the kind is served, and if so, all objects.
const OBJECTS: &str = "objects";
/// How long a reconciliation may take before the process is not ready.
const RECONCILIATION: Duration = LIMIT.saturating_add(Duration::from_secs(30));
/// The same for what a sweep asks of one cluster at a time: its list, or a deletion.
const SWEEP: Duration = Duration::from_mins(10);

/// Runs until the process gets a signal to end.
///
/// # Errors
/// When it cannot start, or a task ends by itself: Kubernetes restarts it.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration is invalid.")?;
    let (metrics, unreachable) = (Metrics::default(), "Cannot configure the connection to the Kubernetes API server.");
    let access = access().await?;
    let client = metrics.api.client(access).context(unreachable)?;
    let http =
        rest::client().context("Cannot read the list of certificate authorities; set SSL_CERT_FILE to another one.")?;
    let health = Health::default();
    health.require(OBJECTS, "Listing the KafkaConnectors.");
    let (watches, objects): (Vec<_>, Vec<_>) =
        config.watch_namespaces.iter().map(|namespace| Watch::<GuardedConnector>::new(namespace)).unzip();
    let objects = Arc::new(Objects(objects));
    let context = Arc::new(Context::new(client, config, &http, metrics.clone()));
    let mut tasks = Tasks::new();

    let counted = Arc::clone(&objects);
    let mut registry = metrics.registry(move || counted.states().to_vec());
    registry.register_collector(objects_by(
        "hanging_loops",
        "1 for a loop that hangs, 0 for others",
        "loop",
        hanging(&health),
    ));
    registry.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", &health));
    let serving = admin::serve(context.config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });
    tasks.spawn_endless("watchdog", health.clone().watch_loops());

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
            heartbeat: health.heartbeat("connectors", RECONCILIATION),
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
    let heartbeat = health.heartbeat("sweep", SWEEP);
    let sweep = Sweep {
        context: Arc::clone(&context),
        objects,
        heartbeat,
        availability: Arc::new(Availability::new(health, metrics)),
        deleted: deleted.subscribe(),
        restored,
    };
    for (name, connect) in context.clusters.iter() {
        tasks.spawn("sweep", sweep.clone().run(name.to_owned(), connect.clone()));
    }
    tasks.supervise().await
}
