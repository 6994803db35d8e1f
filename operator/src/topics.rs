//! The Kafka topics: creates those that are missing, and says which are not as configured. It never changes one that exists.
//!
//! How they are to be is for [`crate::topology`].

use crate::context::Context;
use crate::topology::{Found, Wanted, drift, wanted};
use delivery_kafka::ConnectionError;
use delivery_kafka::context::why_away;
use delivery_observability::Health;
use k8s_openapi::api::core::v1::ObjectReference;
use kube_runtime::events::{Event, EventType};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often the topics are looked at.
const INTERVAL: Duration = Duration::from_mins(1);
/// How often while something is in the way.
const RETRY: Duration = Duration::from_secs(2);
/// How often to look whether a topic that was created is there.
const PATIENCE: u32 = 25;
const TIMEOUT: Duration = Duration::from_secs(10);
const METADATA_TIMEOUT: Duration = Duration::from_secs(5);

type Admin = AdminClient<delivery_kafka::context::Context>;

/// Creates the topics and watches over them, for ever.
///
/// # Errors
/// When the settings of the connection cannot be used.
pub async fn run(context: Arc<Context>, health: Health, own: Option<ObjectReference>) -> Result<(), ConnectionError> {
    let wanted = wanted(&context.config.kafka, &context.config.topics);
    let mut said = None;
    loop {
        // A client of its own each time: between two looks it would only take memory.
        let admin = context.config.kafka.client("operator-topics")?;
        let admin = admin.create_with_context::<_, Admin>(delivery_kafka::context::Context)?;
        let seen = look(Arc::new(admin), &wanted).await;
        let away = seen.is_err();
        let problem = match seen {
            Ok(drifts) => {
                context.metrics.drifted(drifts.len());
                Some(drifts.join(" ")).filter(|message| !message.is_empty()).map(|message| ("TopicDrifted", message))
            }
            Err(problem) => Some(("TopicsNotReady", problem)),
        };
        let message = problem.as_ref().map(|(_, message)| message.clone());
        health.dependency("kafka", message.clone().filter(|_| away));
        health.dependency("topics", message.filter(|_| !away));
        if said != problem {
            if let Some((reason, message)) = &problem {
                say(&context, own.as_ref(), reason, message).await;
            } else {
                tracing::info!("The topics are as configured.");
            }
            if !away {
                // Deliveries that could not be written down need not wait until their turn comes.
                context.log_read.send_modify(|_| {});
            }
            said = problem;
        }
        tokio::time::sleep(if away { RETRY } else { INTERVAL }).await;
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
        tracing::warn!(%error, "An event about the topics could not be written.");
    }
}

/// Creates what is missing and tells what is not as configured.
async fn look(admin: Arc<Admin>, wanted: &[Wanted]) -> Result<Vec<String>, String> {
    let mut found = describe(&admin, wanted).await?;
    let missing: Vec<_> = wanted.iter().filter(|topic| !found.contains_key(&topic.name)).collect();
    if !missing.is_empty() {
        create(&admin, &missing).await?;
        // The brokers tell one another a moment later.
        for _ in 0..PATIENCE {
            tokio::time::sleep(Duration::from_millis(200)).await;
            found = describe(&admin, wanted).await?;
            if found.len() == wanted.len() {
                break;
            }
        }
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
        .map_err(|error| why_away(&error))?;
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
        .map_err(|error| why_away(&error))?;
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
