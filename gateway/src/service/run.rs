//! Puts the gateway together and runs it: every task is supervised, and when any task ends, the process ends.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::Context;
use delivery_http_server::AnswerMemory;
use delivery_kafka::KafkaConfig;
use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_messages::Topic;
use delivery_observability::metrics::gauges::{hanging, objects_by, readiness};
use delivery_observability::metrics::usage::processor_time;
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks, process};
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};

use super::{lag, probe};
use crate::config::Config;
use crate::connection::session::FAREWELL;
use crate::delivery_store::client::DeliveryStore;
use crate::delivery_store::writer;
use crate::gateway::budgets::Budgets;
use crate::gateway::pseudonym::Pseudonyms;
use crate::gateway::sender::RequestSender;
use crate::gateway::shared::Gateway;
use crate::http::assets::Assets;
use crate::http::headers::SecurityHeaders;
use crate::http::server::{self, Port};
use crate::http::{Site, routes};
use crate::ingest::follow;
use crate::ingest::input::{Input, QUEUE};
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::model::scope::Scope;
use crate::model::status::{Availability, Status};
use crate::position_index::client::PositionIndex;
use crate::state::table::Table;
use crate::stream::catch_up::backlog::{self, Backlog, SliceRequest};
use crate::stream::hub;
use crate::stream::live::Live;
use crate::stream::relay;
use crate::traces::client::TraceStore;
use crate::writers::shard::{self, Writers};

/// How much longer than the drain time the last connections may take to close: they are served for a while after they
/// were asked to reconnect, and then have time to read the close reason.
const DRAIN_SLACK: Duration = FAREWELL.saturating_add(Duration::from_secs(4));
const SNAPSHOT: &str = "snapshot";
/// The name of the client that asks about topics.
const PURPOSE: &str = "code-delivery-gateway";

/// Runs the gateway with the configuration in `file`, as its process does. It is here and not in the program so that the program is little more than a
/// call: what it calls is optimized once, with the library, and not again in each program that polls [`run`].
#[must_use]
pub fn serve(file: &Path) -> ExitCode {
    process::serve("gateway", file, run)
}

/// Runs the gateway until it is asked to shut down, or one of its tasks ends.
///
/// # Errors
/// When the configuration cannot be used, a port is not free, or one of the tasks ended.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check()?;
    let mut tasks = Tasks::new();
    let mut registry = Registry::with_prefix("delivery_gateway");
    let metrics = Metrics::new(&mut registry);
    let health = Health::default();
    registry.register_collector(objects_by(
        "hanging_loops",
        "1 for a loop that hangs, 0 for others",
        "loop",
        hanging(&health),
    ));
    registry.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", &health));
    health.require(SNAPSHOT, "Reading the deliveries from Kafka.");
    let (drain, draining) = watch::channel(None);
    let (gateway, slices) = assemble(&config, metrics.clone(), draining).await?;
    let site = Arc::new(site(&config)?);
    let address = config.http.address;
    let listener = server::listen(address)
        .with_context(|| format!("Cannot listen on {address} for HTTP; set http.address to a free port"))?;

    let (records, inputs) = mpsc::channel(QUEUE);
    tasks.spawn("admin", {
        let admin = config.admin_address;
        let serve = admin::serve(admin, health.clone(), registry, tasks.ending());
        async move {
            let how = "set adminAddress to a free port";
            serve.await.with_context(|| format!("Cannot listen on {admin} for health and metrics; {how}"))
        }
    });
    let table = Table::of_requests_in(config.requests.namespace.as_deref());
    let (live, folding) = (Arc::clone(&gateway.live), health.heartbeat("hub", hub::ROUND));
    tasks.spawn_endless("hub", hub::run(table, inputs, live, metrics.clone(), processor_time, folding));
    for shard in gateway.writers.shards() {
        let writing = health.heartbeat("writers", shard::ROUND);
        tasks.spawn_endless("writer", shard::run(Arc::clone(shard), Arc::clone(&gateway.live), writing));
    }
    let port = Port {
        limits: config.limits,
        proxies: config.trusted_proxies()?,
        budgets: Arc::clone(&gateway.budgets),
        metrics: metrics.clone(),
    };
    let port = server::run(listener, routes(Arc::clone(&gateway), site), port);
    let kafka = config.kafka.clone();
    let client = partitions::client(&kafka, PURPOSE)?;
    if gateway.notifications {
        let (live, relaying) = (Arc::clone(&gateway.live), health.heartbeat("notifications", relay::ROUND));
        let relay = relay::run(kafka.clone(), Arc::clone(&client), live, metrics.clone(), relaying);
        tasks.spawn_endless("notifications", relay);
    }
    tasks.spawn("positions", positions(Arc::clone(&gateway), kafka.clone(), client, records, slices, health.clone()));
    if let Some(store) = &gateway.delivery_store {
        let heartbeat = health.heartbeat("delivery store", writer::ROUND);
        let write = writer::run(kafka, Arc::clone(store), metrics, heartbeat);
        tasks.spawn("delivery store", async move { Ok(write.await?) });
    }
    tasks.spawn_endless("watchdog", health.clone().watch_loops());
    tasks.spawn_endless("probe", probe::run(Arc::clone(&gateway), health.clone()));
    tasks.spawn_endless("http", port);
    tracing::info!(%address, admin = %config.admin_address, "The gateway has started.");

    let requested = tasks.requested();
    tasks
        .supervise_until(async move {
            tokio::select! {
                () = requested => {}
                () = report_readiness(&gateway, &health) => {}
            }
            health.require("draining", "The process is shutting down.");
            tracing::info!(seconds = config.drain_seconds, "Shutting down; closing the connections.");
            drain.send_replace(Some(Instant::now()));
            drained(&gateway).await;
        })
        .await
}

/// Makes the process ready once the first snapshot is complete. Never ends.
async fn report_readiness(gateway: &Gateway, health: &Health) {
    if gateway.live.readiness().wait_for(|ready| *ready).await.is_ok() {
        health.met(SNAPSHOT);
    }
    std::future::pending::<()>().await;
}

/// Waits until the connections are closed.
async fn drained(gateway: &Gateway) {
    // Clients and proxies that do not know yet that this process is shutting down may still connect, so it drains even
    // without connections.
    sleep(gateway.drain).await;
    let all = u32::try_from(gateway.limits.connections).unwrap_or(u32::MAX);
    if timeout(DRAIN_SLACK, gateway.permits.acquire_many(all)).await.is_err() {
        tracing::warn!("Some connections did not close in time.");
    }
}

/// The tasks that need the partitions of the positions: following them, reading old ones again, and measuring the lag.
async fn positions(
    gateway: Arc<Gateway>,
    kafka: KafkaConfig,
    client: Arc<TopicClient>,
    records: mpsc::Sender<Input>,
    slices: mpsc::UnboundedReceiver<SliceRequest>,
    health: Health,
) -> anyhow::Result<()> {
    let watching = health.heartbeat("topics", follow::ROUND);
    let reading = health.heartbeat("backlog", backlog::ROUND);
    let measuring = health.heartbeat("lag", lag::ROUND);
    let offsets = Arc::new(Offsets::new(&client, &kafka, Topic::NewPosition).await?);
    let live = || Arc::clone(&gateway.live);
    let metrics = || gateway.metrics.clone();
    tokio::select! {
        ended = follow::run(kafka.clone(), Arc::clone(&offsets), records, metrics(), health, watching) => ended?,
        ended = backlog::run(kafka.clone(), Arc::clone(&offsets), live(), metrics(), slices, reading) => ended?,
        () = lag::run(&offsets, &gateway, measuring) => {}
    }
    Ok(())
}

async fn assemble(
    config: &Config,
    metrics: Metrics,
    draining: watch::Receiver<Option<Instant>>,
) -> anyhow::Result<(Arc<Gateway>, mpsc::UnboundedReceiver<SliceRequest>)> {
    let delivery_store = match &config.mongodb {
        Some(mongodb) => Some(Arc::new(DeliveryStore::open(mongodb).await?)),
        None => None,
    };
    let position_index = match &config.elasticsearch {
        Some(elasticsearch) => Some(PositionIndex::open(elasticsearch).await?),
        None => None,
    };
    let live = Live::new(config.limits.ring_bytes);
    let off = if delivery_store.is_some() { Availability::Available } else { Availability::Off };
    live.set_status(Status { kafka: Availability::Available, delivery_store: off });
    let (backlog, slices) = Backlog::new();
    let gateway = Gateway {
        live: Arc::new(live),
        writers: Writers::for_this_machine(),
        requests: RequestSender::new(config.kafka.clone(), metrics.clone())?,
        delivery_store,
        position_index,
        traces: config.traces.as_ref().map(TraceStore::open).transpose()?,
        notifications: config.notifications,
        budgets: Arc::new(Budgets::new(&config.limits, metrics.clone(), Instant::now())),
        pseudonyms: Pseudonyms::new(config.http.client_id_key_file.as_deref())?,
        metrics,
        limits: config.limits,
        origins: config.allowed_origins()?,
        scope: Arc::new(Scope::everything()),
        backlog,
        permits: Arc::new(Semaphore::new(config.limits.connections)),
        turns: Arc::new(Semaphore::new(config.limits.turns)),
        answers: AnswerMemory::new(config.limits.answer_bytes),
        draining,
        drain: Duration::from_secs(config.drain_seconds.into()),
        // In a pod, the pod's name.
        replica: std::env::var("HOSTNAME").unwrap_or_default(),
        connections: AtomicU64::new(0),
    };
    Ok((Arc::new(gateway), slices))
}

fn site(config: &Config) -> anyhow::Result<Site> {
    let assets = Assets::load(&config.web.directory)?;
    if assets.count() == 0 {
        tracing::warn!(directory = %config.web.directory.display(), "The directory of the page is empty; serving only the API.");
    }
    let page = json!({
        "mapStyle": config.web.map_style,
        "history": config.elasticsearch.is_some(),
        "traces": config.traces.is_some(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let headers =
        SecurityHeaders::new(&config.web).context("web.mapStyle or web.mapOrigins cannot be part of a header")?;
    Ok(Site { assets, config: page.to_string(), headers })
}
