//! What is asked of Kafka: to write records in their order, and to say when it has them.

use delivery_messages::Topic;

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogRecord {
    pub topic: Topic,
    /// Records of one key stay in their order.
    pub key: String,
    pub value: Vec<u8>,
    /// The W3C `traceparent` that goes with it.
    pub trace: String,
}

/// A record may not have been written.
#[derive(Debug, thiserror::Error)]
#[error("Kafka did not take a record: {0}.")]
pub(crate) struct LogError(pub String);

/// A log of records.
pub(crate) trait Log: Send + Sync + 'static {
    /// Writes records, those of one key in their order, and waits until the log has all of them, however long it is away. When it fails, a
    /// first part of each key's records may have been written.
    fn write(&self, records: Vec<LogRecord>) -> impl Future<Output = Result<(), LogError>> + Send;

    /// The id of the topic of purchases, which changes when the topic is made anew; none if Kafka does not tell it now.
    fn identity(&self) -> impl Future<Output = Option<String>> + Send;

    /// Forgets what was to be written and is not yet: whoever asked for it has ended.
    fn abandon(&self);
}
