//! The Kafka topics: creates those that are missing, and says which are not as configured. It never changes one that exists.

use crate::config::Topics;
use crate::context::{Context, MANAGER};
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::Topic;
use delivery_observability::Health;
use k8s_openapi::api::core::v1::ObjectReference;
use kube_runtime::events::{Event, EventType};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the topics are looked at once they are there.
const INTERVAL: Duration = Duration::from_mins(1);
/// How often they are looked at until then.
const RETRY: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);
const METADATA_TIMEOUT: Duration = Duration::from_secs(5);

type Admin = AdminClient<delivery_kafka::context::Context>;

/// How a topic is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its full name.
    pub name: String,
    /// Its partitions.
    pub partitions: i32,
    /// The replicas of each.
    pub replication_factor: i32,
    /// Its settings.
    pub settings: BTreeMap<&'static str, String>,
}

/// How the topics are to be.
#[must_use]
pub fn wanted(kafka: &KafkaConfig, topics: &Topics) -> Vec<Wanted> {
    Topic::ALL
        .into_iter()
        .map(|topic| {
            let values = topics.of(topic);
            let mut settings = BTreeMap::from([
                ("min.insync.replicas", values.min_insync_replicas.to_string()),
                ("message.timestamp.type", "LogAppendTime".to_owned()),
            ]);
            if topic.is_compacted() {
                // The active segment is never compacted; small and young ones keep the start of a reader short.
                settings.extend([
                    ("cleanup.policy", "compact".to_owned()),
                    ("segment.bytes", (16 << 20).to_string()),
                    ("segment.ms", TEN_MINUTES.to_owned()),
                    ("max.compaction.lag.ms", TEN_MINUTES.to_owned()),
                ]);
            } else {
                let hours = values.retention_hours;
                settings.extend([
                    ("cleanup.policy", "delete".to_owned()),
                    ("retention.ms", if hours < 0 { -1 } else { hours * 3_600_000 }.to_string()),
                    ("retention.bytes", values.retention_bytes.to_string()),
                ]);
            }
            Wanted {
                name: kafka.topic(topic),
                partitions: values.partitions,
                replication_factor: values.replication_factor,
                settings,
            }
        })
        .collect()
}

const TEN_MINUTES: &str = "600000";

/// How a topic is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Its partitions.
    pub partitions: usize,
    /// The replicas of its first partition.
    pub replicas: usize,
    /// Its settings, as far as the cluster tells them.
    pub settings: BTreeMap<String, String>,
}

/// What of a topic is not as it is to be, in a sentence; `None` when all is.
#[must_use]
pub fn drift(wanted: &Wanted, found: &Found) -> Option<String> {
    let mut differences = Vec::new();
    let mut differ = |what: &str, wanted: &str, found: &str| {
        if wanted != found {
            differences.push(format!("{what} is {found} instead of {wanted}"));
        }
    };
    differ("the number of partitions", &wanted.partitions.to_string(), &found.partitions.to_string());
    differ("the replication factor", &wanted.replication_factor.to_string(), &found.replicas.to_string());
    for (name, value) in &wanted.settings {
        if let Some(found) = found.settings.get(*name) {
            differ(name, value, found);
        }
    }
    (!differences.is_empty()).then(|| {
        format!(
            "The topic {} is not as configured: {}. Change it in Kafka, or the values.",
            wanted.name,
            differences.join(", ")
        )
    })
}

/// Creates the topics and watches over them, for ever. `ready` becomes true when all are there.
///
/// # Errors
/// When the settings of the connection cannot be used.
pub async fn run(
    context: Arc<Context>,
    health: Health,
    ready: watch::Sender<bool>,
    own: Option<ObjectReference>,
) -> Result<(), ConnectionError> {
    let wanted = wanted(&context.config.kafka, &context.config.topics);
    let mut said = None;
    loop {
        // A client of its own each time: between two looks it would only take memory.
        let admin = context
            .config
            .kafka
            .client("operator-topics")?
            .create_with_context::<_, Admin>(delivery_kafka::context::Context);
        let problem = match look(Arc::new(admin?), &wanted).await {
            Ok(drifts) => {
                ready.send_replace(true);
                health.met("topics");
                health.dependency("kafka", None);
                context.metrics.drifted(drifts.len());
                (!drifts.is_empty()).then(|| ("TopicDrifted", drifts.join(" ")))
            }
            Err(problem) => {
                health.dependency("kafka", Some(problem.clone()));
                Some(("TopicsNotReady", problem))
            }
        };
        let drifted = problem.as_ref().filter(|(reason, _)| *reason == "TopicDrifted");
        health.dependency("topics", drifted.map(|(_, message)| message.clone()));
        if said != problem {
            if let Some((reason, message)) = &problem {
                say(&context, own.as_ref(), reason, message).await;
            }
            said = problem;
        }
        tokio::time::sleep(if *ready.borrow() { INTERVAL } else { RETRY }).await;
    }
}

async fn say(context: &Context, own: Option<&ObjectReference>, reason: &str, message: &str) {
    tracing::warn!(reason, "{message}");
    let Some(own) = own else { return };
    let event = Event {
        type_: EventType::Warning,
        reason: reason.to_owned(),
        note: Some(message.chars().take(1_000).collect()),
        action: "CreateTopics".to_owned(),
        secondary: None,
    };
    if let Err(error) = context.recorder.publish(&event, own).await {
        tracing::warn!(%error, manager = MANAGER, "An event about the topics could not be written.");
    }
}

/// Creates what is missing and tells what is not as configured.
async fn look(admin: Arc<Admin>, wanted: &[Wanted]) -> Result<Vec<String>, String> {
    let mut found = describe(&admin, wanted).await?;
    let missing: Vec<_> = wanted.iter().filter(|topic| !found.contains_key(&topic.name)).collect();
    if !missing.is_empty() {
        create(&admin, &missing).await?;
        found = describe(&admin, wanted).await?;
    }
    let mut drifts = Vec::new();
    for topic in wanted {
        match found.get(&topic.name) {
            Some(found) => drifts.extend(drift(topic, found)),
            None => return Err(format!("The topic {} is being created.", topic.name)),
        }
    }
    Ok(drifts)
}

async fn create(admin: &Admin, missing: &[&Wanted]) -> Result<(), String> {
    let topics: Vec<_> = missing
        .iter()
        .map(|topic| {
            let replication = TopicReplication::Fixed(topic.replication_factor);
            let new = NewTopic::new(&topic.name, topic.partitions, replication);
            topic.settings.iter().fold(new, |new, (name, value)| new.set(name, value))
        })
        .collect();
    let results = admin
        .create_topics(&topics, &AdminOptions::new().operation_timeout(Some(TIMEOUT)).request_timeout(Some(TIMEOUT)))
        .await
        .map_err(|error| format!("Kafka does not create topics: {error}."))?;
    let refused: Vec<_> = results
        .into_iter()
        .filter_map(Result::err)
        .filter(|(_, code)| *code != RDKafkaErrorCode::TopicAlreadyExists)
        .map(|(name, code)| format!("Kafka refuses to create the topic {name}: {code}."))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(refused.join(" ")) }
}

/// How those of the topics are that exist.
async fn describe(admin: &Arc<Admin>, wanted: &[Wanted]) -> Result<BTreeMap<String, Found>, String> {
    let asked = Arc::clone(admin);
    let metadata = tokio::task::spawn_blocking(move || asked.inner().fetch_metadata(None, METADATA_TIMEOUT))
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| away(&error))?;
    let mut found: BTreeMap<String, Found> = metadata
        .topics()
        .iter()
        .filter(|topic| topic.error().is_none() && wanted.iter().any(|wanted| wanted.name == topic.name()))
        .map(|topic| {
            let replicas = topic.partitions().first().map_or(0, |partition| partition.replicas().len());
            let found = Found { partitions: topic.partitions().len(), replicas, settings: BTreeMap::new() };
            (topic.name().to_owned(), found)
        })
        .collect();
    let specifiers: Vec<_> = found.keys().map(|name| ResourceSpecifier::Topic(name)).collect();
    if specifiers.is_empty() {
        return Ok(found);
    }
    let described = admin
        .describe_configs(&specifiers, &AdminOptions::new().request_timeout(Some(TIMEOUT)))
        .await
        .map_err(|error| away(&error))?;
    let settings: Vec<_> = described
        .into_iter()
        .filter_map(Result::ok)
        .filter_map(|resource| match resource.specifier {
            rdkafka::admin::OwnedResourceSpecifier::Topic(name) => Some((name, resource.entries)),
            _ => None,
        })
        .collect();
    for (name, entries) in settings {
        if let Some(found) = found.get_mut(&name) {
            found.settings = entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))).collect();
        }
    }
    Ok(found)
}

fn away(error: &KafkaError) -> String {
    format!("Kafka does not answer: {error}. Check kafka.bootstrapServers and the network.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::example;

    fn find(name: &str) -> Wanted {
        let config = example();
        wanted(&config.kafka, &config.topics).into_iter().find(|topic| topic.name == name).unwrap()
    }

    fn as_wanted(wanted: &Wanted) -> Found {
        Found {
            partitions: usize::try_from(wanted.partitions).unwrap(),
            replicas: usize::try_from(wanted.replication_factor).unwrap(),
            settings: wanted.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }

    #[test]
    fn the_newest_facts_are_compacted_and_events_are_kept_for_a_time() {
        let state = find("delivery.state");
        assert_eq!(state.settings["cleanup.policy"], "compact");
        assert_eq!(state.settings["segment.bytes"], "16777216");
        assert!(!state.settings.contains_key("retention.ms"));
        let positions = find("route.new-position");
        assert_eq!(positions.settings["cleanup.policy"], "delete");
        assert_eq!(positions.settings["retention.ms"], (168_i64 * 3_600_000).to_string());
        for topic in [state, positions] {
            assert_eq!(topic.settings["message.timestamp.type"], "LogAppendTime");
            assert_eq!(topic.settings["min.insync.replicas"], "2");
            assert_eq!((topic.partitions, topic.replication_factor), (6, 3));
        }
    }

    #[test]
    fn a_topic_as_configured_has_not_drifted() {
        let wanted = find("delivery.plan");
        assert_eq!(drift(&wanted, &as_wanted(&wanted)), None);
    }

    #[test]
    fn a_drifted_topic_is_told_with_what_differs_and_the_way_out() {
        let wanted = find("delivery.plan");
        let mut found = as_wanted(&wanted);
        found.partitions = 3;
        found.settings.insert("cleanup.policy".to_owned(), "delete".to_owned());
        let message = drift(&wanted, &found).unwrap();
        assert!(message.contains("the number of partitions is 3 instead of 6"), "{message}");
        assert!(message.contains("cleanup.policy is delete instead of compact"), "{message}");
        assert!(message.ends_with("Change it in Kafka, or the values."), "{message}");
    }
}
