//! Why following the topics ended.

use delivery_kafka::ReadError;
use delivery_kafka::read::renewal::Renewal;

/// Why following ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FollowError {
    /// Kafka failed in a way that a retry does not fix.
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("The hub has ended, so there is no task to hand records to.")]
    NoHub,
    /// The topic was deleted and created again.
    #[error(
        "Offset {before} of partition {partition} of {topic} is followed by {offset}: the topic was deleted and created again. \
         The gateway restarts to read it from the beginning."
    )]
    Rewound { topic: &'static str, partition: i32, before: i64, offset: i64 },
    /// A topic was lost or made anew, or is not fetched any more.
    #[error("{0} The gateway restarts to read everything from the beginning.")]
    Renewed(#[from] Renewal),
    /// What could not be read when the process began can be read now.
    #[error(
        "Partition {partition} of {topic}, which could not be read when the gateway started, can be read now. The gateway restarts to read \
         everything."
    )]
    Returned { topic: String, partition: i32 },
}
