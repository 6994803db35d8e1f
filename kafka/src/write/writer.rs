//! The settings and headers of every producer: nothing is lost, nothing is reordered, nothing is abandoned.

use delivery_messages::{CONTENT_TYPE, CONTENT_TYPE_HEADER, SCHEMA_VERSION, SCHEMA_VERSION_HEADER, TRACEPARENT_HEADER};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};

use crate::connect::connection::{ConnectionError, KafkaConfig};

/// Settings of a producer that is idempotent, waits for all replicas and never gives up on a record by itself.
///
/// The partitioner is Java's, so that every client agrees on the partition of a key. Set `message.timeout.ms` where a person waits.
///
/// # Errors
/// When a file of the properties' directory cannot be read.
pub fn settings(config: &KafkaConfig, purpose: &str) -> Result<ClientConfig, ConnectionError> {
    let mut client = config.client(purpose)?;
    client
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "lz4")
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "2")
        .set("message.timeout.ms", "0")
        .set("queue.buffering.max.kbytes", "8192")
        .set("retry.backoff.ms", "50")
        .set("retry.backoff.max.ms", "1000");
    Ok(client)
}

/// The headers of every record of ours.
#[must_use]
pub fn headers() -> OwnedHeaders {
    traced(None)
}

/// The headers of a record of ours that belongs to a trace: a W3C `traceparent`, if there is one.
#[must_use]
pub fn traced(traceparent: Option<&str>) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(2 + usize::from(traceparent.is_some()))
        .insert(Header { key: CONTENT_TYPE_HEADER, value: Some(CONTENT_TYPE) })
        .insert(Header { key: SCHEMA_VERSION_HEADER, value: Some(SCHEMA_VERSION) });
    match traceparent {
        Some(trace) => headers.insert(Header { key: TRACEPARENT_HEADER, value: Some(trace) }),
        None => headers,
    }
}
