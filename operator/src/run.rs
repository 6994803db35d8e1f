//! The process: connects, starts its tasks, and ends when it is asked to or when one of them ends.
//!
//! One process at a time may run this: it decides and writes. Names of pods that follow from their attempt guard against a second one.

use crate::config::Config;
use crate::context::Context;
use crate::log::Log;
use crate::namespace::Loops;
use crate::objects::Objects;
use crate::wake::Wake;
use crate::{inbox, replay, sweep, topics};
use anyhow::Context as _;
use delivery_api::names::GROUP;
use delivery_observability::{Health, admin, shutdown};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// How long the tasks have to end.
const DRAIN: Duration = Duration::from_secs(15);
/// How often the API server is asked whether it serves our kinds.
const DEFINITIONS_RETRY: Duration = Duration::from_secs(2);

/// What must be true before the process is ready, and what is said until then.
const REQUIREMENTS: [(&str, &str); 5] = [
    ("definitions", "The kinds Delivery and DeliveryRoute are not served yet; install the chart's CRDs."),
    ("objects", "The Deliveries and DeliveryRoutes are being listed."),
    ("topics", "The Kafka topics are being looked at."),
    ("log", "The state of the deliveries is being read from Kafka."),
    ("requests", "No partition of the start requests is assigned yet."),
];

/// Runs until the process is asked to end.
///
/// # Errors
/// When it cannot start, or a task ends by itself: Kubernetes starts it again.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration contradicts itself.")?;
    let client = Client::try_default().await.context("There is no way to the Kubernetes API server.")?;
    let health = Health::default();
    for (requirement, why) in REQUIREMENTS {
        health.require(requirement, why);
    }
    let mut wake = Wake::default();
    let (loops, watched): (Vec<_>, Vec<_>) =
        config.watch_namespaces.iter().map(|namespace| Loops::new(namespace, &mut wake)).unzip();
    let log = Log::open(&config.kafka)?;
    let instance = std::env::var("POD_NAME").ok();
    let context = Arc::new(Context::new(client, config, Arc::new(Objects::new(watched)), log, instance));
    let mut tasks = Tasks::new();
    let registry = context.metrics.registry(Arc::clone(&context.objects));
    let serving = admin::serve(context.config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });
    lead(&mut tasks, &context, &health, loops, wake);
    let outcome = tasks.supervise().await;
    context.log.close();
    outcome
}

/// Starts all that decides and writes.
fn lead(tasks: &mut Tasks, context: &Arc<Context>, health: &Health, loops: Vec<Loops>, wake: Wake) {
    let (ready, mut topics_exist) = watch::channel(false);
    let topics = topics::run(Arc::clone(context), health.clone(), ready, own_pod());
    tasks.spawn("topics", async move { Ok(topics.await?) });

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
    tasks.spawn("sweep", async move {
        sweeping.await;
        Ok(())
    });
    tasks.spawn("requests", inbox::run(Arc::clone(context), health.clone()));
    let (reading, said) = (Arc::clone(context), health.clone());
    tasks.spawn("log", async move {
        topics_exist.wait_for(|exist| *exist).await?;
        Ok(replay::run(&reading, &wake, || said.met("log")).await?)
    });
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

/// The tasks of the process. None may end before the process is to end.
struct Tasks {
    set: JoinSet<anyhow::Result<&'static str>>,
    stop: watch::Sender<bool>,
}

impl Tasks {
    /// The task that hears of the end comes first, so that the end is heard of at any time.
    fn new() -> Self {
        let mut tasks = Self { set: JoinSet::new(), stop: watch::Sender::new(false) };
        let stop = tasks.stop.clone();
        tasks.drain("signals", async move {
            shutdown::requested().await?;
            stop.send_replace(true);
            Ok(())
        });
        tasks
    }

    /// Something that becomes true when the process is to end.
    fn ending(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        self.endings()()
    }

    fn endings(
        &self,
    ) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + Sync>> + Send + 'static + use<> {
        let stopped = self.stop.subscribe();
        move || {
            let mut stopped = stopped.clone();
            Box::pin(async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            })
        }
    }

    /// Starts a task that is given up when the process is to end.
    fn spawn(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let ending = self.ending();
        self.drain(name, async move {
            tokio::select! {
                () = ending => Ok(()),
                result = task => result,
            }
        });
    }

    /// Starts a task that ends by itself when the process is to end.
    fn drain(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        self.set.spawn(async move {
            task.await.with_context(|| format!("The task \"{name}\" failed."))?;
            Ok(name)
        });
    }

    /// Waits for the end: asked for, or because a task ended that should not have.
    async fn supervise(mut self) -> anyhow::Result<()> {
        let ended = self.set.join_next().await;
        let asked = *self.stop.borrow();
        let outcome = match ended {
            Some(Ok(Ok(_))) if asked => Ok(()),
            Some(Ok(Ok(name))) => Err(anyhow::anyhow!("The task \"{name}\" ended by itself.")),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => Err(error.into()),
            None => Err(anyhow::anyhow!("There is no task.")),
        };
        self.stop.send_replace(true);
        let drained = tokio::time::timeout(DRAIN, async { while self.set.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!("Not all tasks ended in time.");
        }
        outcome
    }
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
