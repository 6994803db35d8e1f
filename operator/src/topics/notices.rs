//! Tells the pods that need Kafka that it cannot be reached: an Event on each, which `kubectl describe pod` shows.
//!
//! The gateway and the other services have no rights at the API server, so that nobody who breaks into them has any. The operator speaks
//! for them: for the pods whose annotation names the same Kafka as its own configuration. The leader does; a standby only while operators
//! with another Kafka are at work, as when a wrong address is rolled out, for then one of those leads.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_controller::events::{Events, event};
use delivery_kafka::connect::context::why_away;
use delivery_kafka::read::partitions;
use delivery_messages::Topic;
use delivery_observability::Heartbeat;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::events::EventType;

use crate::base::config::Config;
use crate::log::connection::Log;

/// The annotation of a pod with the addresses of its Kafka; the chart sets it.
const KAFKA: &str = "codedelivery.dev/kafka";
const NAME: &str = "app.kubernetes.io/name";
const OPERATOR: &str = "code-delivery-operator";
const SIMULATOR: &str = "code-delivery-simulator";

/// How often Kafka is asked for a sign of life, and pods are looked for when there is none.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long Kafka may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// For how long Kafka must be away: a broker that is only restarted is back by then.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one look at the pods may take, Events included.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
/// How long one round may take.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);
/// How many pods of a kind and namespace are told: the cluster need not store thousands of Events that say the same.
const MAX_PODS: u32 = 50;

/// Which pods need the operator's Kafka, and which of them know that it is away.
pub(crate) struct PodNotices {
    client: Client,
    events: Events,
    /// Namespaces, and the labels of the pods there.
    places: Vec<(String, String)>,
    this: This,
    away_since: Option<Instant>,
    /// The uids of the pods that were told.
    told: HashSet<String>,
}

/// What the operator knows of its own pod.
#[derive(Debug)]
struct This {
    /// Its name.
    pod: Option<String>,
    /// The addresses of its Kafka.
    kafka: String,
}

impl PodNotices {
    /// For the pods of an installation; `pod` is the name of the operator's own. `client` may write at any time, for a standby speaks
    /// too.
    #[must_use]
    pub(crate) fn new(client: Client, events: Events, config: &Config, pod: Option<String>) -> Self {
        let places = places(&config.source, &config.lease.namespace, &config.watch_namespaces);
        let this = This { pod, kafka: config.kafka.bootstrap_servers.clone() };
        Self { client, events, places, this, away_since: None, told: HashSet::new() }
    }

    /// Watches forever whether Kafka answers, and tells the pods when it does not.
    pub(crate) async fn run(mut self, log: Arc<Log>, heartbeat: Heartbeat) {
        let topic = log.kafka.topic(Topic::Plan);
        loop {
            let round = heartbeat.round();
            let problem = match partitions::count(&log.writer.producer(), &topic, ANSWER_LIMIT).await {
                Ok(_) => None,
                Err(error) => Some(why_away(&error)),
            };
            let leads = *log.leading.borrow();
            self.announce(problem.as_deref(), leads, Instant::now()).await;
            drop(round);
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Once Kafka has been away for a while: tells each pod that does not know yet. `problem` is a sentence; `None` means that Kafka is
    /// there.
    async fn announce(&mut self, problem: Option<&str>, leads: bool, now: Instant) {
        let Some(problem) = problem else {
            self.away_since = None;
            self.told.clear();
            return;
        };
        if now.duration_since(*self.away_since.get_or_insert(now)) < PATIENCE {
            return;
        }
        if tokio::time::timeout(LOOK_LIMIT, self.tell(problem, leads)).await.is_err() {
            tracing::debug!("Not all pods that need Kafka could be told in time that it is away.");
        }
    }

    async fn tell(&mut self, problem: &str, leads: bool) {
        let note = format!("This pod needs the same Kafka as the operator, which cannot reach it. {problem}");
        let event = event(EventType::Warning, "KafkaUnreachable", "ConnectToKafka", &note);
        let pods = self.pods().await;
        for pod in waiting(&pods, &self.this, leads) {
            if self.told.insert(pod.uid().unwrap_or_default()) {
                self.events.publish(&event, &pod.object_ref(&())).await;
            }
        }
    }

    async fn pods(&self) -> Vec<Pod> {
        let mut pods = Vec::new();
        for (namespace, labels) in &self.places {
            let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
            match api.list(&ListParams::default().labels(labels).limit(MAX_PODS)).await {
                Ok(found) => pods.extend(found.items),
                Err(error) => tracing::debug!(namespace, %error, "Cannot list the pods that need Kafka."),
            }
        }
        pods
    }
}

/// The namespaces with pods of this installation, each with their labels: its services, and the pods of deliveries.
fn places(source: &str, own: &str, watched: &[String]) -> Vec<(String, String)> {
    let release = source.rsplit('/').next().unwrap_or(source);
    let labels = |name: &str| format!("app.kubernetes.io/instance={release},{NAME}{name}");
    let services = (own.to_owned(), labels(&format!("!={SIMULATOR}")));
    let simulators = watched.iter().map(|namespace| (namespace.clone(), labels(&format!("={SIMULATOR}"))));
    std::iter::once(services).chain(simulators).collect()
}

/// The pods that wait for this operator's Kafka, if it is this operator that has to tell them. The leader's own has an Event about the
/// topics already.
fn waiting<'a>(pods: &'a [Pod], this: &This, leads: bool) -> Vec<&'a Pod> {
    let at_work = || pods.iter().filter(|pod| is_at_work(pod));
    let has_this = |pod: &Pod| kafka_of(pod) == Some(this.kafka.as_str());
    let others_lead = at_work().any(|pod| is_operator(pod) && kafka_of(pod).is_some() && !has_this(pod));
    if !leads && !others_lead {
        return Vec::new();
    }
    at_work().filter(|pod| has_this(pod) && !(leads && pod.metadata.name == this.pod)).collect()
}

fn is_at_work(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    phase == Some("Running") && pod.metadata.deletion_timestamp.is_none()
}

fn is_operator(pod: &Pod) -> bool {
    pod.labels().get(NAME).is_some_and(|name| name == OPERATOR)
}

fn kafka_of(pod: &Pod) -> Option<&str> {
    pod.annotations().get(KAFKA).map(String::as_str)
}

#[cfg(test)]
#[path = "tests/notices.rs"]
mod tests;
