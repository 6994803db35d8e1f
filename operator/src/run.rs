//! The process: connects, starts its tasks, and ends when it is asked to, when one of them ends, or when it may not lead any more.
//!
//! Several may run; one leads. The others stand by: they watch the objects and follow the log, so that they decide soon after it is
//! their turn. Names and recorded attempts of pods guard against two that decide at once.

use crate::config::Config;
use crate::context::Context;
use crate::election::Election;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::namespace::Loops;
use crate::objects::Objects;
use crate::tenure::Tenure;
use crate::wake::Wake;
use crate::{inbox, replay, sweep, topics};
use anyhow::Context as _;
use delivery_api::names::GROUP;
use delivery_observability::{Health, Tasks, admin};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot, watch};

/// How often the API server is asked whether it serves our kinds.
const DEFINITIONS_RETRY: Duration = Duration::from_secs(2);

/// What must be true before the process is ready, to lead or to stand by, and what is said until then.
const REQUIREMENTS: [(&str, &str); 4] = [
    ("definitions", "The kinds Delivery and DeliveryRoute are not served yet; install the chart's CRDs."),
    ("lease", "The Lease that tells who leads has not been read yet."),
    ("objects", "The Deliveries and DeliveryRoutes are being listed."),
    ("log", "The state of the deliveries is being read from Kafka, once its topics are there."),
];

/// Runs until the process is asked to end.
///
/// # Errors
/// When it cannot start, a task ends by itself, or the Lease is lost: Kubernetes starts it again.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration contradicts itself.")?;
    let no_way = "There is no way to the Kubernetes API server.";
    let access = kube::Config::infer().await.context(no_way)?;
    let unguarded = Client::try_from(access.clone()).context(no_way)?;
    let (tenure, health, metrics) = (Tenure::default(), Health::default(), Metrics::default());
    for (requirement, why) in REQUIREMENTS {
        health.require(requirement, why);
    }
    let election =
        Election::new(unguarded, &config.lease, own_name(), tenure.clone(), metrics.clone()).about(own_pod());
    let leading = election.leading();

    let mut wake = Wake::default();
    let (loops, watched): (Vec<_>, Vec<_>) =
        config.watch_namespaces.iter().map(|namespace| Loops::new(namespace, &mut wake)).unzip();
    let log = Log::open(&config.kafka, tenure.clone())?;
    let client = tenure.client(access).context(no_way)?;
    let context = Context { metrics, ..Context::new(client, config, Arc::new(Objects::new(watched)), log, tenure) };
    let context = Arc::new(context.leading_when(leading));
    let mut tasks = Tasks::new();
    let registry = context.metrics.registry(Arc::clone(&context.objects));
    let serving = admin::serve(context.config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });
    start(&mut tasks, &context, &health, loops, wake);

    let (resign, resigned) = oneshot::channel();
    let mut election = tokio::spawn(election.run(move || health.met("lease"), resigned));
    let outcome = tokio::select! {
        outcome = tasks.supervise() => outcome,
        // Whatever was being decided ends here, in the middle.
        lost = &mut election => return Ok(lost??),
    };
    let log = Arc::clone(&context);
    tokio::task::spawn_blocking(move || log.log.close()).await?;
    // The last thing, for another decides at once.
    drop(resign);
    election.await??;
    outcome
}

/// Starts all tasks: those that look and follow, and those that wait until this process leads.
fn start(tasks: &mut Tasks, context: &Arc<Context>, health: &Health, loops: Vec<Loops>, wake: Wake) {
    let topics = topics::run(Arc::clone(context), health.clone(), own_pod());
    lead(tasks, context, "topics", async move { Ok(topics.await?) });

    let (served, definitions_served) = watch::channel(false);
    let (client, said) = (context.client.clone(), health.clone());
    tasks.spawn("definitions", async move {
        definitions(&client).await;
        said.met("definitions");
        served.send_replace(true);
        std::future::pending().await
    });
    let deleted = Arc::new(Notify::new());
    for one in loops {
        let (context, wake, deleted) = (Arc::clone(context), wake.clone(), Arc::clone(&deleted));
        let (mut served, ending) = (definitions_served.clone(), tasks.endings());
        tasks.drain("control loops", async move {
            let end = ending();
            tokio::select! {
                served = served.wait_for(|served| *served) => { served?; }
                () = end => return Ok(()),
            }
            one.run(context, wake, deleted, ending).await;
            Ok(())
        });
    }
    let (listing, said) = (Arc::clone(context), health.clone());
    tasks.spawn("objects", async move {
        listing.objects.complete().await?;
        said.met("objects");
        std::future::pending().await
    });
    let sweeping = sweep::run(Arc::clone(context), deleted);
    lead(tasks, context, "sweep", async move {
        sweeping.await;
        Ok(())
    });
    lead(tasks, context, "requests", inbox::run(Arc::clone(context), health.clone()));
    let (reading, said) = (Arc::clone(context), health.clone());
    tasks.spawn("log", async move { Ok(replay::run(&reading, &wake, || said.met("log")).await?) });
}

/// Starts a task that decides: it begins when this process leads.
fn lead(
    tasks: &mut Tasks,
    context: &Context,
    name: &'static str,
    task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) {
    tasks.spawn(name, when(context.leading.clone(), task));
}

/// The task, once this process leads.
async fn when(
    mut leading: watch::Receiver<bool>,
    task: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    leading.wait_for(|leads| *leads).await?;
    task.await
}

/// Waits until the API server serves our kinds: without them every watch would fail.
async fn definitions(client: &Client) {
    loop {
        match client.list_api_group_resources(&format!("{GROUP}/v1alpha1")).await {
            Ok(list)
                if ["Delivery", "DeliveryRoute"]
                    .iter()
                    .all(|kind| list.resources.iter().any(|one| one.kind == *kind)) =>
            {
                return;
            }
            Ok(_) => tracing::warn!("The kinds Delivery and DeliveryRoute are not served yet."),
            Err(error) => tracing::warn!(%error, "The kinds Delivery and DeliveryRoute are not served yet."),
        }
        tokio::time::sleep(DEFINITIONS_RETRY).await;
    }
}

/// The name of this process in the election: its pod's, and something that no other start of it has.
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
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_decides_begins_with_the_lead() {
        let leading = watch::Sender::new(false);
        let begun = watch::Sender::new(false);
        let (mark, seen) = (begun.clone(), begun.subscribe());
        let task = tokio::spawn(when(leading.subscribe(), async move {
            mark.send_replace(true);
            Ok(())
        }));
        tokio::task::yield_now().await;
        assert!(!*seen.borrow(), "it stands by");
        leading.send_replace(true);
        task.await.unwrap().unwrap();
        assert!(*seen.borrow());
    }
}
