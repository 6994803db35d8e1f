//! Puts the gateway together and runs it: every task is watched, and the end of any is the end of the process.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use delivery_kafka::KafkaConfig;
use delivery_messages::Topic;
use delivery_observability::{Health, admin, shutdown};
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::connection::session::FAREWELL;
use crate::delivery_store::reader::History;
use crate::delivery_store::writer;
use crate::gateway::sender::Requests;
use crate::gateway::shared::Gateway;
use crate::http::assets::Assets;
use crate::http::headers::SecurityHeaders;
use crate::http::{Site, routes, server};
use crate::ingest::follow;
use crate::ingest::input::{self, Input};
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::model::scope::Scope;
use crate::model::status::{Service, Status};
use crate::position_index::index::Index;
use crate::service::lag;
use crate::service::probe;
use crate::stream::backlog::{self, Ask, Backlog};
use crate::stream::hub;
use crate::stream::live::Live;

/// How much longer than the time of draining the last connections may take to go: they are served for a while after they have
/// been told, and closed with patience.
const DRAIN_SLACK: Duration = FAREWELL.saturating_add(Duration::from_secs(4));
const SNAPSHOT: &str = "snapshot";

/// Runs the gateway until it is asked to end, or a part of it ends.
///
/// # Errors
/// When the configuration cannot be used, a port is taken, or a part of it ended by itself.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check()?;
    let mut registry = Registry::with_prefix("delivery_gateway");
    let metrics = Metrics::new(&mut registry);
    let health = Health::default();
    health.require(SNAPSHOT, "The deliveries are being read from Kafka.");
    let (drain, draining) = watch::channel(None);
    let (gateway, asks) = assemble(&config, metrics.clone(), draining).await?;
    let site = Arc::new(site(&config)?);
    let address = config.http.address;
    let listener = server::listen(address).with_context(|| format!("The port {address} for HTTP is not to be had"))?;

    let mut tasks = JoinSet::new();
    let (records, inputs) = mpsc::channel(input::QUEUE);
    watched(&mut tasks, "admin", {
        let serve = admin::serve(config.admin_address, health.clone(), registry, std::future::pending());
        async move { serve.await.with_context(|| format!("The admin port {} is not to be had", config.admin_address)) }
    });
    watched(&mut tasks, "hub", ok(hub::run(inputs, Arc::clone(&gateway.live), metrics.clone())));
    let kafka = config.kafka.clone();
    watched(&mut tasks, "positions", positions(Arc::clone(&gateway), kafka.clone(), records, asks));
    if let Some(history) = &gateway.history {
        let write = writer::run(kafka, Arc::clone(history), metrics.clone());
        watched(&mut tasks, "history", async move { Ok(write.await?) });
    }
    watched(&mut tasks, "probe", ok(probe::run(Arc::clone(&gateway), health.clone())));
    watched(&mut tasks, "http", ok(server::run(listener, routes(Arc::clone(&gateway), site))));
    tracing::info!(%address, admin = %config.admin_address, "The gateway has started.");

    let mut ready = gateway.live.readiness();
    let mut asked = pin!(shutdown::requested());
    loop {
        tokio::select! {
            ended = tasks.join_next() => return Err(why(ended)),
            asked = &mut asked => {
                asked?;
                break;
            }
            Ok(_) = ready.wait_for(|ready| *ready), if !gateway.live.is_ready() || !health.is_ready() => health.met(SNAPSHOT),
        }
    }
    health.require("draining", "The process was asked to end.");
    tracing::info!(seconds = config.drain_seconds, "The connections are being closed.");
    drain.send_replace(Some(Instant::now()));
    let all = u32::try_from(config.limits.connections).unwrap_or(u32::MAX);
    // Those who have not heard yet that this process ends are served as long as that takes, even if nobody is connected.
    sleep(gateway.drain).await;
    if timeout(DRAIN_SLACK, gateway.places.acquire_many(all)).await.is_err() {
        tracing::warn!("Some connections did not close in time.");
    }
    Ok(())
}

/// What needs to know the partitions of the positions: following them, reading old ones again, and measuring the lag.
async fn positions(
    gateway: Arc<Gateway>,
    kafka: KafkaConfig,
    records: mpsc::Sender<Input>,
    asks: mpsc::UnboundedReceiver<Ask>,
) -> anyhow::Result<()> {
    let offsets = Arc::new(Offsets::new(&kafka, "code-delivery-gateway", Topic::NewPosition).await?);
    let live = || Arc::clone(&gateway.live);
    let metrics = || gateway.metrics.clone();
    tokio::select! {
        ended = follow::run(kafka.clone(), Arc::clone(&offsets), records, metrics()) => ended?,
        ended = backlog::run(kafka.clone(), Arc::clone(&offsets), live(), metrics(), asks) => ended?,
        () = lag::run(&offsets, &gateway) => {}
    }
    Ok(())
}

async fn assemble(
    config: &Config,
    metrics: Metrics,
    draining: watch::Receiver<Option<Instant>>,
) -> anyhow::Result<(Arc<Gateway>, mpsc::UnboundedReceiver<Ask>)> {
    let history = match &config.mongodb {
        Some(mongodb) => Some(Arc::new(History::open(mongodb).await?)),
        None => None,
    };
    let search = match &config.elasticsearch {
        Some(elasticsearch) => Some(Index::open(elasticsearch).await?),
        None => None,
    };
    let live = Live::new(config.limits.ring_bytes);
    let off = if history.is_some() { Service::Available } else { Service::Off };
    live.set_status(Status { kafka: Service::Available, history: off });
    let (backlog, asks) = Backlog::new();
    let gateway = Gateway {
        live: Arc::new(live),
        requests: Requests::new(config.kafka.clone(), metrics.clone())?,
        history,
        search,
        metrics,
        limits: config.limits,
        origins: config.allowed_origins()?,
        scope: Arc::new(Scope::everything()),
        backlog,
        places: Arc::new(Semaphore::new(config.limits.connections)),
        draining,
        drain: Duration::from_secs(config.drain_seconds.into()),
        connections: AtomicU64::new(0),
    };
    Ok((Arc::new(gateway), asks))
}

fn site(config: &Config) -> anyhow::Result<Site> {
    let assets = Assets::load(&config.web.directory)?;
    if assets.count() == 0 {
        tracing::warn!(directory = %config.web.directory.display(), "There is no page; only the API is served.");
    }
    let page = json!({
        "mapStyle": config.web.map_style,
        "history": config.elasticsearch.is_some(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let headers =
        SecurityHeaders::new(&config.web).context("web.mapStyle or web.mapOrigins cannot be part of a header")?;
    Ok(Site { assets, config: page.to_string(), headers })
}

type Ended = (&'static str, anyhow::Result<()>);

fn watched(
    tasks: &mut JoinSet<Ended>,
    name: &'static str,
    task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) {
    tasks.spawn(async move { (name, task.await) });
}

async fn ok(task: impl Future<Output = ()>) -> anyhow::Result<()> {
    task.await;
    Ok(())
}

fn why(ended: Option<Result<Ended, tokio::task::JoinError>>) -> anyhow::Error {
    match ended {
        Some(Ok((name, Err(error)))) => error.context(format!("The part {name} of the gateway failed")),
        Some(Ok((name, Ok(())))) => anyhow!("The part {name} of the gateway ended by itself"),
        Some(Err(error)) => anyhow!("A part of the gateway broke: {error}"),
        None => anyhow!("The gateway has nothing to do"),
    }
}
