//! Creates the topics that are missing, and reports those that are not as configured. How they should be is
//! decided in [`delivery_kafka::topics::topology`]; those that were never used are put right by [`crate::topics::mend`].

use std::sync::Arc;
use std::time::Duration;

use delivery_controller::events::{Events, event};
use delivery_kafka::ConnectionError;
use delivery_kafka::connect::context::why_away;
use delivery_kafka::topics::description::describe;
use delivery_kafka::topics::topology::{TopicsConfig, Wanted, drift, wanted};
use delivery_observability::Health;
use k8s_openapi::api::core::v1::ObjectReference;
use kube_runtime::events::EventType;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::base::metrics::Metrics;
use crate::log::connection::Log;
use crate::topics::mend::{MendError, mend};

/// How often the topics are checked.
const INTERVAL: Duration = Duration::from_mins(1);
/// The same while they are not ready.
const RETRY: Duration = Duration::from_secs(2);
/// How often to look for a topic that was just created, until it appears.
const CREATION_CHECKS: u32 = 25;
const CREATION_CHECK_INTERVAL: Duration = Duration::from_millis(200);
/// How long one check may take.
const LIMIT: Duration = Duration::from_mins(2);
const TIMEOUT: Duration = Duration::from_secs(10);

type Admin = AdminClient<delivery_kafka::connect::context::Context>;

/// Why the topics could not be checked.
#[derive(Debug, thiserror::Error)]
enum TopicError {
    #[error("{}", why_away(.0))]
    Unreachable(KafkaError),
    #[error("Cannot create topics: {0}.")]
    Create(KafkaError),
    #[error("{}", .0.iter().map(|(name, code)| format!("Kafka refused to create the topic {name}: {code}.")).collect::<Vec<_>>().join(" "))]
    Refused(Vec<(String, RDKafkaErrorCode)>),
    #[error("The topic {0} is being created.")]
    Pending(String),
    /// One would harm, and must not be used.
    #[error("{0}")]
    Unfit(MendError),
}

impl From<MendError> for TopicError {
    fn from(error: MendError) -> Self {
        match error {
            MendError::Kafka(error) => Self::Unreachable(error),
            refused @ MendError::Refused { .. } => Self::Unfit(refused),
        }
    }
}

/// What is wrong with the topics.
#[derive(Debug, PartialEq, Eq)]
enum Problem {
    /// Kafka does not answer, or refuses the connection.
    Unreachable(String),
    /// One does not exist, and cannot be created; or it was created in a way that harms, and cannot be put right.
    NotReady(String),
    /// They exist, and some are not as configured.
    Drifted(String),
}

impl From<TopicError> for Problem {
    fn from(error: TopicError) -> Self {
        let message = error.to_string();
        match error {
            TopicError::Unreachable(_) => Self::Unreachable(message),
            TopicError::Create(_) | TopicError::Refused(_) | TopicError::Pending(_) | TopicError::Unfit(_) => {
                Self::NotReady(message)
            }
        }
    }
}

impl Problem {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "KafkaUnreachable",
            Self::NotReady(_) => "TopicsNotReady",
            Self::Drifted(_) => "TopicDrifted",
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Unreachable(message) | Self::NotReady(message) | Self::Drifted(message) => message,
        }
    }
}

/// Watches over the topics.
pub(crate) struct TopicWatch {
    pub log: Arc<Log>,
    pub topics: TopicsConfig,
    pub health: Health,
    pub metrics: Metrics,
    pub events: Events,
    /// The operator's own pod, which the Events are about.
    pub pod: Option<ObjectReference>,
}

impl TopicWatch {
    /// Creates the topics and checks them periodically, forever.
    ///
    /// # Errors
    /// When the settings of the connection cannot be used.
    pub(crate) async fn run(self) -> Result<(), ConnectionError> {
        let wanted = wanted(&self.log.kafka, &self.topics);
        let heartbeat = self.health.heartbeat("topics", LIMIT);
        let mut reported = None;
        loop {
            let round = heartbeat.round();
            // A new client each time: between two checks it would only take memory.
            let admin = self.log.kafka.client("operator-topics")?;
            let admin = admin.create_with_context::<_, Admin>(delivery_kafka::connect::context::Context)?;
            let checked = check(Arc::new(admin), &wanted).await;
            if !matches!(checked, Err(TopicError::Unfit(_))) {
                self.log.set_topics_fit();
            }
            let problem = match checked {
                Ok(drifts) => {
                    self.metrics.drifted(drifts.len());
                    (!drifts.is_empty()).then(|| Problem::Drifted(drifts.join(" ")))
                }
                Err(error) => Some(Problem::from(error)),
            };
            let ready = matches!(problem, None | Some(Problem::Drifted(_)));
            let message = problem.as_ref().map(|problem| problem.message().to_owned());
            self.health.dependency("kafka", message.clone().filter(|_| !ready));
            self.health.dependency("topics", message.filter(|_| ready));
            if reported != problem {
                if let Some(problem) = &problem {
                    self.report(problem).await;
                } else {
                    tracing::info!("The topics are as configured.");
                }
                if ready {
                    // Deliveries whose plans could not be written need not wait for their back-off.
                    self.log.resync();
                }
                reported = problem;
            }
            drop(round);
            tokio::time::sleep(if ready { INTERVAL } else { RETRY }).await;
        }
    }

    async fn report(&self, problem: &Problem) {
        let (reason, message) = (problem.reason(), problem.message());
        tracing::warn!(reason, "{message}");
        let Some(pod) = &self.pod else { return };
        self.events.publish(&event(EventType::Warning, reason, "CreateTopics", message), pod).await;
    }
}

/// Creates what is missing; returns how the topics differ from the configuration, a sentence for each that does.
async fn check(admin: Arc<Admin>, wanted: &[Wanted]) -> Result<Vec<String>, TopicError> {
    let names: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).collect();
    let mut found = describe(&admin, &names).await.map_err(TopicError::Unreachable)?;
    let missing: Vec<_> = wanted.iter().filter(|topic| !found.contains_key(&topic.name)).collect();
    if !missing.is_empty() {
        create(&admin, &missing).await?;
        // The other brokers learn of a new topic with a delay.
        for _ in 0..CREATION_CHECKS {
            tokio::time::sleep(CREATION_CHECK_INTERVAL).await;
            found = describe(&admin, &names).await.map_err(TopicError::Unreachable)?;
            if found.len() == wanted.len() {
                break;
            }
        }
    }
    if mend(&admin, wanted, &found).await? {
        found = describe(&admin, &names).await.map_err(TopicError::Unreachable)?;
    }
    let mut drifts = Vec::new();
    for topic in wanted {
        match found.get(&topic.name) {
            Some(found) => drifts.extend(drift(topic, found)),
            None => return Err(TopicError::Pending(topic.name.clone())),
        }
    }
    Ok(drifts)
}

async fn create(admin: &Admin, missing: &[&Wanted]) -> Result<(), TopicError> {
    let topics: Vec<_> = missing
        .iter()
        .map(|topic| {
            let replication = TopicReplication::Fixed(topic.replication_factor);
            let new = NewTopic::new(&topic.name, topic.partitions, replication);
            topic.settings.iter().fold(new, |new, (name, value)| new.set(name, value))
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT)).request_timeout(Some(TIMEOUT));
    let results = admin.create_topics(&topics, &options).await.map_err(TopicError::Create)?;
    let refused: Vec<_> = results
        .into_iter()
        .filter_map(Result::err)
        .filter(|(_, code)| *code != RDKafkaErrorCode::TopicAlreadyExists)
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(TopicError::Refused(refused)) }
}
