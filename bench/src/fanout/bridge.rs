//! Carries positions from Kafka to a server that does not read Kafka itself: to Centrifuge as lines, to NATS as its `PUB`.
//!
//! It uses the same reader as the gateway, and writes everything that is available at once. Its cost is not counted for any server.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use delivery_kafka::read::partitions;
use delivery_kafka::{Event, KafkaConfig, Reader, Start};
use delivery_messages::Topic;
use futures::FutureExt;
use rdkafka::Offset;
use rdkafka::message::Message;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::session::SUBJECT;

/// What a record becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Line,
    Nats,
}

impl Form {
    fn put(self, record: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Line => {
                out.extend_from_slice(record);
                out.push(b'\n');
            }
            Self::Nats => {
                out.extend_from_slice(format!("PUB {SUBJECT} {}\r\n", record.len()).as_bytes());
                out.extend_from_slice(record);
                out.extend_from_slice(b"\r\n");
            }
        }
    }
}

/// Copies until it is dropped.
///
/// # Errors
/// When Kafka fails or the server closes the connection.
pub(crate) async fn run(kafka: KafkaConfig, to: SocketAddr, form: Form) -> Result<()> {
    let topic = kafka.topic(Topic::NewPosition);
    let count = partitions::wait(&kafka, "bench-bridge", &topic).await?;
    let start = |partition| Start { topic: topic.clone(), partition, offset: Offset::Beginning };
    let reader = Reader::open(&kafka, "bench-bridge", &(0..count).map(start).collect::<Vec<_>>())?;
    let mut server = TcpStream::connect(to).await.with_context(|| format!("the bridge cannot connect to {to}"))?;
    server.set_nodelay(true)?;
    let mut out = Vec::new();
    if form == Form::Nats {
        // Without this NATS answers every message.
        server.write_all(b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\n").await?;
    }
    loop {
        let mut event = reader.next().await?;
        loop {
            if let Event::Record(record) = event {
                form.put(record.payload().unwrap_or_default(), &mut out);
            }
            match reader.next().now_or_never() {
                Some(next) => event = next?,
                None => break,
            }
        }
        server.write_all(&out).await?;
        out.clear();
    }
}

#[cfg(test)]
#[path = "tests/bridge.rs"]
mod tests;
