//! Puts right the topics that somebody else has created, such as a broker that creates one by itself for a client that asks for it: adds
//! partitions, and replaces the settings. Only those that never held a record: nothing relies on them yet.
//!
//! One that would harm and cannot be put right is refused. How topics should be is decided in [`delivery_kafka::topics::topology`]; when
//! they are looked at, and what follows from a refusal, is left to [`crate::topics::watch`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_kafka::topics::topology::{Found, Wanted, differences, is_harmed, is_unfit, sentence};
use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

const TIMEOUT: Duration = Duration::from_secs(10);
/// How long one question about a partition may take.
const QUESTION: Duration = Duration::from_secs(5);

/// Why not all topics are fit for use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MendError {
    /// Kafka does not answer.
    #[error(transparent)]
    Kafka(KafkaError),
    /// One that would harm.
    #[error(
        "{differences} Nothing was written to it yet, and Kafka refuses to change it: {why}. Delete it, so that the operator creates it, or \
         allow the operator to alter it."
    )]
    Refused {
        /// A whole sentence.
        differences: String,
        why: KafkaError,
    },
}

/// Puts right those of the topics that are unfit and were never used; `found` is how they are. Whether it has changed any.
///
/// # Errors
/// When Kafka does not answer, or does not allow what must be done. Too few partitions alone are then left as they are.
pub(crate) async fn mend<C: ClientContext + 'static>(
    admin: &Arc<AdminClient<C>>,
    wanted: &[Wanted],
    found: &BTreeMap<String, Found>,
) -> Result<bool, MendError> {
    let mut has_changed = false;
    for topic in wanted {
        let Some(found) = found.get(&topic.name).filter(|found| is_unfit(topic, found)) else { continue };
        if !is_unused(admin, topic, found).await.map_err(MendError::Kafka)? {
            continue;
        }
        match change(admin, topic, found).await {
            Ok(()) => {
                has_changed = true;
                tracing::info!(
                    topic = topic.name,
                    "Put right a topic that somebody else has created; it was not used."
                );
            }
            Err(why) if is_harmed(topic, found) => {
                return Err(MendError::Refused { differences: sentence(&topic.name, &differences(topic, found)), why });
            }
            Err(error) => tracing::debug!(topic = topic.name, %error, "Cannot add partitions to a topic."),
        }
    }
    Ok(has_changed)
}

/// Whether a topic never held a record.
async fn is_unused<C: ClientContext + 'static>(
    admin: &Arc<AdminClient<C>>,
    topic: &Wanted,
    found: &Found,
) -> Result<bool, KafkaError> {
    let count = i32::try_from(found.partitions).unwrap_or(i32::MAX);
    let bounds = partitions::bounds(admin, &topic.name, 0..count, QUESTION).await?;
    Ok(bounds.values().all(|bounds| bounds.high == 0))
}

async fn change<C: ClientContext + 'static>(
    admin: &AdminClient<C>,
    topic: &Wanted,
    found: &Found,
) -> Result<(), KafkaError> {
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT)).request_timeout(Some(TIMEOUT));
    let settings = AlterConfig::new(ResourceSpecifier::Topic(&topic.name));
    let settings = topic.settings.iter().fold(settings, |all, (name, value)| all.set(name, value));
    accepted(admin.alter_configs(&[settings], &options).await?)?;
    let more = usize::try_from(topic.partitions).ok().filter(|wanted| found.partitions < *wanted);
    let Some(count) = more else { return Ok(()) };
    accepted(admin.create_partitions(&[NewPartitions::new(&topic.name, count)], &options).await?)
}

/// Kafka answers for each topic.
fn accepted<T, N>(answers: Vec<Result<T, (N, RDKafkaErrorCode)>>) -> Result<(), KafkaError> {
    let refused = answers.into_iter().find_map(Result::err);
    refused.map_or(Ok(()), |(_, code)| Err(KafkaError::AdminOp(code)))
}

#[cfg(test)]
#[path = "tests/mend.rs"]
mod tests;
