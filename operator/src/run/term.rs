//! One term: what a process does from standing by to losing the Lease. Its tasks, and what they keep in memory, are made anew for the
//! next one, as if the process had been started again.
//!
//! The tasks that watch and follow begin at once, those that decide when this process leads. When terms begin and end is left to
//! [`crate::run::process`].

use std::sync::Arc;

use anyhow::Context as _;
use delivery_controller::events::Events;
use delivery_observability::{Health, Tasks};
use k8s_openapi::api::core::v1::ObjectReference;
use tokio::sync::watch;

use crate::base::config::Config;
use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::{KINDS, Objects};
use crate::base::wake::Wake;
use crate::cleanup::sweep;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::log::{events, follow};
use crate::run::namespace::Loops;
use crate::run::namespaces::{NamespaceWatch, OBJECTS};
use crate::run::operator::{Foundation, Operator};
use crate::topics::notices::{self, PodNotices};
use crate::topics::watch::TopicWatch;

/// What must be true before the process is ready, as leader or as standby, and what it waits for until then.
const REQUIREMENTS: [(&str, &str); 3] = [
    ("definitions", KINDS.missing),
    OBJECTS,
    ("log", "Reading the state of the deliveries from Kafka, once its topics exist."),
];

/// What all terms of a process are made from.
pub(crate) struct Terms {
    pub config: Config,
    /// How to reach the API server.
    pub access: kube::Config,
    pub guard: LeadershipGuard,
    /// True while this process leads.
    pub leading: watch::Receiver<bool>,
    pub health: Health,
    pub metrics: Metrics,
    /// This process's own pod, for Events about it.
    pub pod: Option<ObjectReference>,
}

/// One term.
pub(crate) struct Term {
    pub tasks: Tasks,
    pub log: Arc<Log>,
}

impl Terms {
    /// What a term must do before the process is ready.
    pub(crate) fn require(&self) {
        self.health.forget_dependencies();
        for (requirement, waiting) in REQUIREMENTS {
            self.health.require(requirement, waiting);
        }
    }

    /// Begins a term.
    ///
    /// # Errors
    /// When the settings of a connection cannot be used.
    pub(crate) fn begin(&self) -> anyhow::Result<Term> {
        self.require();
        let Self { config, guard, leading, health, metrics, .. } = self;
        let mut wake = Wake::default();
        let (loops, watched): (Vec<_>, Vec<_>) =
            config.watch_namespaces.iter().map(|namespace| Loops::new(namespace, &mut wake)).unzip();
        let objects = Arc::new(Objects::new(watched));
        metrics.count(&objects);
        let log = Arc::new(Log::open(&config.kafka, guard.clone(), leading.clone(), metrics.clone())?);
        let client = guard
            .client(self.access.clone(), metrics.api())
            .context("Cannot configure the connection to the Kubernetes API server.")?;
        let mut tasks = Tasks::part();
        let topics = TopicWatch {
            log: Arc::clone(&log),
            topics: config.topics.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            events: Events::new(client.clone(), FIELD_MANAGER),
            pod: self.pod.clone(),
        };
        let namespaces = NamespaceWatch {
            client: client.clone(),
            objects: Arc::clone(&objects),
            guard: guard.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            events: Events::new(client.clone(), FIELD_MANAGER),
            pod: self.pod.clone(),
        };
        tasks.spawn_endless("namespaces", namespaces.run());
        let notices = self.notices()?.run(Arc::clone(&log), health.heartbeat("notices", notices::LIMIT));
        tasks.spawn_endless("notices", notices);
        lead(&mut tasks, leading, "topics", async move { Ok(topics.run().await?) });
        let foundation = Foundation {
            config: config.clone(),
            client,
            guard: guard.clone(),
            objects,
            log: Arc::clone(&log),
            metrics: metrics.clone(),
            wake,
            health: health.clone(),
        };
        start(&mut tasks, &Arc::new(Operator::new(foundation)), leading, health, loops);
        Ok(Term { tasks, log })
    }

    /// What tells the pods that need Kafka when it is away. A standby must be able to, so it does not write through the guard: an Event
    /// decides nothing.
    fn notices(&self) -> anyhow::Result<PodNotices> {
        let client = self
            .metrics
            .api()
            .client(self.access.clone())
            .context("Cannot configure the connection to the Kubernetes API server.")?;
        let events = Events::new(client.clone(), FIELD_MANAGER);
        let pod = self.pod.as_ref().and_then(|pod| pod.name.clone());
        Ok(PodNotices::new(client, events, &self.config, pod))
    }
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
    let sweep = operator.sweep(health.heartbeat("cleanup", sweep::LIMIT));
    lead(tasks, leading, "cleanup", async move {
        sweep.run().await;
        Ok(())
    });
    lead(tasks, leading, "requests", Arc::clone(&operator.inbox).run(health.clone()));
    let (log, heartbeat) = (Arc::clone(&operator.log), health.heartbeat("events", events::LIMIT));
    lead(tasks, leading, "events", async move {
        log.write_events(&heartbeat).await;
        Ok(())
    });
    let (log, partitions) = (Arc::clone(&operator.log), health.clone());
    lead(tasks, leading, "partitions", async move {
        log.report_gaps(&partitions).await;
        Ok(())
    });
    let (log, wake, ready) = (Arc::clone(&operator.log), operator.wake.clone(), health.clone());
    let heartbeat = health.heartbeat("log", follow::LIMIT);
    tasks.spawn("log", async move { Ok(log.follow(&wake, &heartbeat, || ready.met("log")).await?) });
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

#[cfg(test)]
#[path = "tests/term.rs"]
mod tests;
