//! Puts the service together and runs it: every task is supervised, and when any task ends, the process ends.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use delivery_http_server::Entrance;
use delivery_kafka::consume::erasures::Erasures;
use delivery_kafka::read::renewal;
use delivery_messages::Topic;
use delivery_observability::metrics::gauges::{hanging, objects_by, readiness};
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks};
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use super::probe::{self, KAFKA};
use crate::config::Config;
use crate::erasing::{Erasing, GROUP as ERASURES};
use crate::groups::Readers;
use crate::handover::Handover;
use crate::http::api::Shop;
use crate::http::routes;
use crate::metrics::Metrics;
use crate::payments::Payments;
use crate::relay::kafka::KafkaLog;
use crate::relay::run::Relay;
use crate::store::mongo::MongoStore;
use crate::store::recorder::{self, Recorder};

/// The pause before the indexes are tried again.
const PAUSE: Duration = Duration::from_secs(5);
/// The topic that is read.
const WATCHED: [Topic; 1] = [Topic::CustomerErased];
/// How long one erasure, one round of the payments or one batch for Kafka may take before the process is not ready.
const ROUND: Duration = Duration::from_mins(5);
/// The same for storing what was ordered at the same time.
const RECORDING: Duration = Duration::from_mins(1);

/// Runs the service until it is asked to shut down, or one of its tasks ends.
///
/// # Errors
/// When the configuration cannot be used, a port is not free, or one of the tasks ended.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check()?;
    let mut tasks = Tasks::new();
    let mut registry = Registry::with_prefix("delivery_purchases");
    let metrics = Metrics::new(&mut registry);
    let health = Health::default();
    registry.register_collector(objects_by(
        "hanging_loops",
        "1 for a loop that hangs, 0 for others",
        "loop",
        hanging(&health),
    ));
    registry.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", &health));
    let store = Arc::new(MongoStore::connect(&config.mongodb).await?);
    let log = Arc::new(KafkaLog::open(config.kafka.clone())?);
    let address = config.http.address;
    let listener = delivery_http_server::listen(address, None)
        .with_context(|| format!("Cannot listen on {address} for HTTP; set http.address to a free port"))?;

    tasks.spawn("admin", {
        let admin = config.admin_address;
        let serve = admin::serve(admin, health.clone(), registry, tasks.ending());
        async move {
            let how = "set adminAddress to a free port";
            serve.await.with_context(|| format!("Cannot listen on {admin} for health and metrics; {how}"))
        }
    });
    let (recorder, inbox) = Recorder::new();
    let handover = Arc::new(Handover::default());
    let recording = health.heartbeat("recorder", RECORDING);
    tasks.spawn_endless("recorder", recorder::run(Arc::clone(&store), inbox, Arc::clone(&handover), recording));
    tasks.spawn_endless("indexes", indexes(Arc::clone(&store)));
    let relay = Relay {
        store: Arc::clone(&store),
        log: Arc::clone(&log),
        payments: Arc::new(Payments::new(&config.payments)),
        metrics: metrics.clone(),
        handover,
        // Unlike the pod's name, another one after each start: a container that starts again is not the one that held a term.
        holder: Uuid::new_v4().to_string(),
        heartbeat: health.heartbeat("payments", ROUND),
        publishing: health.heartbeat_with("publisher", ROUND, KAFKA),
        refilling: health.heartbeat_with("refill", ROUND, KAFKA),
    };
    let ending = tasks.ending();
    tasks.drain("relay", async move {
        relay.run(ending).await;
        Ok(())
    });
    let erasing = Erasing { store: Arc::clone(&store), heartbeat: health.heartbeat("erasures", ROUND) };
    let erasures = Erasures::join(&config.kafka, ERASURES)?;
    let looking = health.heartbeat("topics", ROUND);
    let renewed = renewal::end_when_renewed(&config.kafka, erasures.client(), &WATCHED, move || looking.round());
    tasks.spawn_endless("erasures", erasures.run(erasing));
    tasks.spawn("topics", async move { Ok(renewed.await?) });
    tasks.spawn_endless("watchdog", health.clone().watch_loops());
    tasks.spawn_endless("probe", probe::run(Arc::clone(&store), log, health.clone(), metrics.clone()));
    let (drain, draining) = watch::channel(false);
    let counted = metrics.clone();
    let closed = move |reason| counted.http_closed(reason);
    let refused = metrics.clone();
    let refused = move |budget, of| refused.over_budget(budget, of);
    let entrance = Entrance::new(config.allowed_origins()?, &config.http.budgets, refused);
    let (readers, body_bytes) = (Readers::new(config.kafka.clone()), config.limits.body_bytes);
    let proxies = config.trusted_proxies()?;
    let shop = Arc::new(Shop { store, recorder, readers, metrics, body_bytes, entrance });
    tasks.spawn_endless(
        "http",
        delivery_http_server::serve(listener, routes(&shop), config.limits.http(), proxies, draining, closed),
    );
    tracing::info!(%address, admin = %config.admin_address, "The purchases service has started.");

    let requested = tasks.requested();
    tasks
        .supervise_until(async move {
            requested.await;
            health.require("draining", "The process is shutting down.");
            tracing::info!(seconds = config.drain_seconds, "Shutting down; requests are served a little longer.");
            drain.send_replace(true);
            sleep(Duration::from_secs(config.drain_seconds.into())).await;
        })
        .await
}

/// Creates the indexes as soon as `MongoDB` takes them. Never ends.
async fn indexes(store: Arc<MongoStore>) {
    while let Err(error) = store.prepare().await {
        tracing::warn!(%error, "Cannot create the MongoDB indexes yet; retrying.");
        sleep(PAUSE).await;
    }
    std::future::pending::<()>().await;
}
