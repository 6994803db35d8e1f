//! Asks Kafka how topics are: partitions, replicas and settings. How they should be is left to [`crate::topics::topology`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::error::KafkaError;

use crate::connect::client::ask;
use crate::topics::topology::Found;

/// How long a broker may take to say how topics are.
const TIMEOUT: Duration = Duration::from_secs(10);
const METADATA_TIMEOUT: Duration = Duration::from_secs(5);

/// How those of the topics are that exist, by name.
///
/// # Errors
/// When Kafka does not answer in time, or refuses.
pub async fn describe<C: ClientContext + 'static>(
    admin: &Arc<AdminClient<C>>,
    names: &[&str],
) -> Result<BTreeMap<String, Found>, KafkaError> {
    let metadata = ask(admin, |admin| admin.inner().fetch_metadata(None, METADATA_TIMEOUT)).await?;
    let mut found: BTreeMap<String, Found> = metadata
        .topics()
        .iter()
        .filter(|topic| topic.error().is_none() && names.contains(&topic.name()))
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
    let options = AdminOptions::new().request_timeout(Some(TIMEOUT));
    let described = admin.describe_configs(&specifiers, &options).await?;
    let settings: Vec<_> = described
        .into_iter()
        .filter_map(Result::ok)
        .filter_map(|resource| match resource.specifier {
            OwnedResourceSpecifier::Topic(name) => Some((name, resource.entries)),
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
