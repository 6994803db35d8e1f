//! The process: starts its tasks, and ends when it is asked to or when one of them ends.
//!
//! One process at a time should run this. Two would do the same things twice, and nothing worse.

use std::sync::Arc;

use anyhow::Context as _;
use delivery_controller::watch::Watch;
use delivery_observability::{Health, Tasks, admin};
use kube::Client;
use tokio::sync::watch;

use crate::config::Config;
use crate::connector::{GuardedConnector, KINDS};
use crate::context::Context;
use crate::controller;
use crate::objects::Objects;
use crate::{rest, sweep};

/// What must be true before the process is ready: it knows whether there is something to serve, and if so, what.
const OBJECTS: &str = "objects";

/// Runs until the process is asked to end.
///
/// # Errors
/// When it cannot start, or a task ends by itself: Kubernetes starts it again.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration contradicts itself.")?;
    let client = Client::try_default().await.context("There is no way to the Kubernetes API server.")?;
    let http = rest::client()
        .context("The list of certificate authorities cannot be read; SSL_CERT_FILE can name another.")?;
    let health = Health::default();
    health.require(OBJECTS, "The KafkaConnectors are being listed.");
    let (watches, objects): (Vec<_>, Vec<_>) =
        config.watch_namespaces.iter().map(|namespace| Watch::<GuardedConnector>::new(namespace)).unzip();
    let context = Arc::new(Context::new(client, config, Objects(objects), &http, health.clone()));
    let mut tasks = Tasks::new();

    let registry = context.metrics.registry(Arc::clone(&context.objects));
    let serving = admin::serve(context.config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });

    let (found, kind_served) = watch::channel(false);
    let (client, said) = (context.client.clone(), health.clone());
    tasks.spawn("definitions", async move {
        // Without the kind there is nothing to serve, which is no reason not to be ready.
        KINDS.served(&client, &said, || said.met(OBJECTS)).await;
        found.send_replace(true);
        std::future::pending().await
    });
    let (listing, said) = (Arc::clone(&context), health.clone());
    tasks.spawn("objects", async move {
        listing.objects.complete().await?;
        said.met(OBJECTS);
        std::future::pending().await
    });
    for watch in watches {
        let (context, health, ending, stop) = (Arc::clone(&context), health.clone(), tasks.ending(), tasks.ending());
        let mut kind_served = kind_served.clone();
        tasks.drain("control loop", async move {
            tokio::select! {
                served = kind_served.wait_for(|served| *served) => { served?; }
                () = ending => return Ok(()),
            }
            controller::run(watch, context, health, stop).await;
            Ok(())
        });
    }
    for (name, connect) in &context.clusters {
        tasks.spawn("sweep", sweep::run(Arc::clone(&context), name.clone(), connect.clone()));
    }
    tasks.supervise().await
}
