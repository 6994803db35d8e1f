//! The process: takes part in the election, and begins one term after the other until it is asked to end or a task fails.
//!
//! Several replicas may run; one leads. The others stand by: they watch the objects and follow the log, so that they can take over
//! at once. A leader that loses the Lease ends its term and stands by again. Deterministic names and recorded attempts of pods protect
//! against two that decide at the same time.

use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use delivery_controller::access::access;
use delivery_kafka::connect::certificates;
use delivery_kafka::read::renewal::Renewal;
use delivery_observability::metrics::gauges::objects_by;
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks, process};
use k8s_openapi::api::core::v1::ObjectReference;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::base::config::Config;
use crate::base::metrics::Metrics;
use crate::leadership::election::{Election, Ended};
use crate::leadership::guard::LeadershipGuard;
use crate::log::follow::FollowError;
use crate::run::term::{Term, Terms};

/// How long the tasks of a term may take to end after the Lease is lost. The guard refuses every write meanwhile.
const STAND_DOWN: Duration = Duration::from_secs(10);

/// The requirement that is met when the Lease has been read.
const LEASE: &str = "lease";

/// Runs with the configuration in `file`, as the operator's process does. It is here and not in the program so that what it calls is optimized once, with
/// the library, and not again in the program.
#[must_use]
pub fn serve(file: &Path) -> ExitCode {
    process::serve("operator", file, run)
}

/// Runs until the process is asked to end.
///
/// # Errors
/// When it cannot start, a task fails, or what a lost leadership leaves does not end: Kubernetes restarts it.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration is invalid.")?;
    let unreachable = "Cannot configure the connection to the Kubernetes API server.";
    let access = access().await?;
    let (guard, health, metrics) = (LeadershipGuard::default(), Health::default(), Metrics::default());
    let unguarded = metrics.api().client(access.clone()).context(unreachable)?;
    let election = Election::new(unguarded, &config.lease, own_name(), guard.clone(), metrics.clone()).about(own_pod());
    let terms =
        Terms { config, access, guard, leading: election.leading(), health, metrics: metrics.clone(), pod: own_pod() };
    terms.health.require(LEASE, "Reading the Lease, which names the leader.");
    terms.require();

    let mut tasks = Tasks::new();
    let mut registry = metrics.registry(&terms.health);
    registry.register_collector(objects_by(
        "kafka_certificate_expiry_timestamp_seconds",
        "When a certificate among the properties of Kafka ends, since the Unix epoch: ca, of the authorities the last; client, the first",
        "certificate",
        certificates::ends(&terms.config.kafka),
    ));
    let serving = admin::serve(terms.config.admin_address, terms.health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });
    tasks.spawn_endless("watchdog", terms.health.clone().watch_loops());
    let (health, requested) = (terms.health.clone(), tasks.requested());
    let work = take_turns(election, move || health.met(LEASE), || terms.begin(), STAND_DOWN, requested);
    tasks.supervise_until(work).await?
}

/// Runs one term after the other until the end is requested. `stand_down` is how long the tasks of one may take to end after the Lease
/// is lost.
///
/// # Errors
/// When a term cannot begin, one of its tasks fails, or one does not end after the Lease is lost.
async fn take_turns(
    election: Box<Election>,
    read: impl Fn() + Clone + Send + 'static,
    begin: impl Fn() -> anyhow::Result<Term>,
    stand_down: Duration,
    requested: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let (resign, resigns) = watch::channel(false);
    let stand =
        |election: Box<Election>| -> JoinHandle<Ended> { tokio::spawn(election.run(read.clone(), resigns.clone())) };
    let mut requested = pin!(requested);
    let mut election = stand(election);
    loop {
        let Term { mut tasks, log } = begin()?;
        let outcome = tasks
            .until(async {
                tokio::select! {
                    () = &mut requested => None,
                    ended = &mut election => Some(ended),
                }
            })
            .await;
        match outcome {
            Ok(Some(ended)) => {
                let Ended::Lost(lost) = ended? else { return Ok(()) };
                // All tasks are dropped, wherever they are: this process may not write any more.
                tasks
                    .stop(stand_down)
                    .await
                    .context("The Lease is lost, and the process cannot stand by again; it ends to be started anew.")?;
                drop(log);
                election = stand(lost);
            }
            // As after the start of a process, all that is missing in Kafka is written again. The Lease stays.
            Err(error) if let Some(renewal) = renewal(&error) => {
                tracing::warn!("{renewal} Reading all topics from the beginning, and writing again what is missing.");
                tasks.stop(stand_down).await.context("A topic was made anew, and the process cannot read it anew.")?;
                drop(log);
            }
            ended => {
                tasks.end().await;
                tokio::task::spawn_blocking(move || log.writer.close()).await?;
                // Last of all, for another process takes over at once.
                resign.send_replace(true);
                election.await?;
                return ended.map(drop);
            }
        }
    }
}

/// What has become of a topic, if that is why a task has ended.
fn renewal(error: &anyhow::Error) -> Option<Renewal> {
    match error.downcast_ref::<FollowError>() {
        Some(FollowError::Renewed(renewal)) => Some(renewal.clone()),
        Some(FollowError::Read(_)) | None => None,
    }
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
