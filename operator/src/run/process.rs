//! The process: connects, starts its tasks, and ends when it is asked to, when a task fails, or when it loses leadership.
//!
//! Several replicas may run; one leads. The others stand by: they watch the objects and follow the log, so that they can take over
//! at once. Deterministic names and recorded attempts of pods protect against two that decide at the same time.

use std::sync::Arc;

use anyhow::Context as _;
use delivery_controller::events::Events;
use delivery_observability::{Health, Tasks, admin};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use tokio::sync::{oneshot, watch};

use crate::base::config::Config;
use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::{KINDS, Objects};
use crate::base::wake::Wake;
use crate::leadership::election::Election;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::run::namespace::Loops;
use crate::run::operator::{Foundation, Operator};
use crate::topics::watch::TopicWatch;

/// What must be true before the process is ready, as leader or as standby, and what it waits for until then.
const REQUIREMENTS: [(&str, &str); 4] = [
    ("definitions", KINDS.missing),
    ("lease", "Reading the Lease, which names the leader."),
    ("objects", "Listing the Deliveries and DeliveryRoutes."),
    ("log", "Reading the state of the deliveries from Kafka, once its topics exist."),
];

/// Runs until the process is asked to end.
///
/// # Errors
/// When it cannot start, a task fails, or the Lease is lost: Kubernetes restarts it.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration is invalid.")?;
    let unreachable = "Cannot configure the connection to the Kubernetes API server.";
    let access = kube::Config::infer().await.context(unreachable)?;
    let unguarded = Client::try_from(access.clone()).context(unreachable)?;
    let (guard, health, metrics) = (LeadershipGuard::default(), Health::default(), Metrics::default());
    for (requirement, waiting) in REQUIREMENTS {
        health.require(requirement, waiting);
    }
    let election = Election::new(unguarded, &config.lease, own_name(), guard.clone(), metrics.clone()).about(own_pod());
    let leading = election.leading();

    let mut wake = Wake::default();
    let (loops, watched): (Vec<_>, Vec<_>) =
        config.watch_namespaces.iter().map(|namespace| Loops::new(namespace, &mut wake)).unzip();
    let objects = Arc::new(Objects::new(watched));
    let log = Arc::new(Log::open(&config.kafka, guard.clone(), leading.clone(), metrics.clone())?);
    let client = guard.client(access).context(unreachable)?;

    let mut tasks = Tasks::new();
    let registry = metrics.registry(Arc::clone(&objects));
    let serving = admin::serve(config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });
    let topics = TopicWatch {
        log: Arc::clone(&log),
        topics: config.topics.clone(),
        health: health.clone(),
        metrics: metrics.clone(),
        events: Events::new(client.clone(), FIELD_MANAGER),
        pod: own_pod(),
    };
    lead(&mut tasks, &leading, "topics", async move { Ok(topics.run().await?) });
    let foundation = Foundation { config, client, guard, objects, log: Arc::clone(&log), metrics, wake };
    start(&mut tasks, &Arc::new(Operator::new(foundation)), &leading, &health, loops);

    let (resign, resigned) = oneshot::channel();
    let mut election = tokio::spawn(election.run(move || health.met("lease"), resigned));
    let outcome = tokio::select! {
        outcome = tasks.supervise() => outcome,
        // All tasks are dropped, wherever they are: this process may not write any more.
        lost = &mut election => return Ok(lost??),
    };
    tokio::task::spawn_blocking(move || log.writer.close()).await?;
    // Last of all, for another process takes over at once.
    drop(resign);
    election.await??;
    outcome
}

/// Starts the tasks: those that watch and follow at once, and those that decide when this process leads.
fn start(
    tasks: &mut Tasks,
    operator: &Arc<Operator>,
    leading: &watch::Receiver<bool>,
    health: &Health,
    loops: Vec<Loops>,
) {
    let (served, definitions_served) = watch::channel(false);
    let (client, ready) = (operator.deliveries.client.clone(), health.clone());
    tasks.spawn("definitions", async move {
        KINDS.served(&client, &ready, || ()).await;
        ready.met("definitions");
        served.send_replace(true);
        std::future::pending().await
    });
    for namespace in loops {
        let (operator, health) = (Arc::clone(operator), health.clone());
        let (mut served, ending) = (definitions_served.clone(), tasks.endings());
        tasks.drain("control loops", async move {
            let end = ending();
            tokio::select! {
                served = served.wait_for(|served| *served) => { served?; }
                () = end => return Ok(()),
            }
            namespace.run(&operator, &health, ending).await;
            Ok(())
        });
    }
    let (objects, ready) = (Arc::clone(&operator.objects), health.clone());
    tasks.spawn("objects", async move {
        objects.complete().await?;
        ready.met("objects");
        std::future::pending().await
    });
    let sweep = operator.sweep();
    lead(tasks, leading, "cleanup", async move {
        sweep.run().await;
        Ok(())
    });
    lead(tasks, leading, "requests", Arc::clone(&operator.inbox).run(health.clone()));
    let (log, wake, ready) = (Arc::clone(&operator.log), operator.wake.clone(), health.clone());
    tasks.spawn("log", async move { Ok(log.follow(&wake, || ready.met("log")).await?) });
}

/// Starts a task that decides: it begins when this process leads.
fn lead(
    tasks: &mut Tasks,
    leading: &watch::Receiver<bool>,
    name: &'static str,
    task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) {
    tasks.spawn(name, when(leading.clone(), task));
}

/// The task, once this process leads.
async fn when(
    mut leading: watch::Receiver<bool>,
    task: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    leading.wait_for(|leads| *leads).await?;
    task.await
}

/// The name of this process in the election: its pod's name, and a part that is new with every start.
fn own_name() -> String {
    let pod = std::env::var("POD_NAME").unwrap_or_else(|_| "operator".to_owned());
    format!("{pod}_{}", uuid::Uuid::new_v4())
}

/// The pod that this process runs in, for Events about itself.
fn own_pod() -> Option<ObjectReference> {
    Some(ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        name: Some(std::env::var("POD_NAME").ok()?),
        namespace: Some(std::env::var("POD_NAMESPACE").ok()?),
        uid: std::env::var("POD_UID").ok(),
        ..ObjectReference::default()
    })
}

#[cfg(test)]
#[path = "tests/process.rs"]
mod tests;
