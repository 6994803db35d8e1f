//! The topics that a process writes to, in a mock broker or in a real one, and the first states of the plans.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use delivery_e2e::unique;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::{Topic, encode};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};

use super::overdue::{Overdue, PARTITIONS};

const FLUSH: Duration = Duration::from_secs(20);
/// The topic of the peer, after the prefix.
const PEER: &str = "peer";

pub(super) struct Log {
    pub(super) kafka: KafkaConfig,
    /// The broker, for as long as it is needed, if it is the mock one.
    _mock: Option<MockCluster<'static, DefaultProducerContext>>,
}

impl Log {
    /// In a mock broker, in this process.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn mock() -> Result<Self> {
        let mock = MockCluster::new(1).context("the mock broker cannot be started")?;
        let kafka = connection(mock.bootstrap_servers());
        let log = Self { kafka, _mock: None };
        for (topic, partitions) in log.topics() {
            mock.create_topic(&topic, partitions, 1)?;
        }
        Ok(Self { _mock: Some(mock), ..log })
    }

    /// In a broker that runs.
    ///
    /// # Errors
    /// When it refuses.
    pub(super) async fn real(address: &str) -> Result<Self> {
        let log = Self { kafka: connection(address.to_owned()), _mock: None };
        let topics = log.topics();
        let new: Vec<_> = (topics.iter())
            .map(|(topic, partitions)| NewTopic::new(topic, *partitions, TopicReplication::Fixed(1)))
            .collect();
        for created in log.admin()?.create_topics(&new, &AdminOptions::new()).await? {
            created.map_err(|(topic, error)| anyhow!("Kafka could not create {topic}: {error}"))?;
        }
        Ok(log)
    }

    /// Writes the first state of each plan.
    ///
    /// # Errors
    /// When the broker does not take them.
    pub(super) fn begin(&self, overdue: &Overdue) -> Result<()> {
        let producer: BaseProducer = writer::settings(&self.kafka, "bench")?.create().map_err(ConnectionError::from)?;
        let topic = self.kafka.topic(Topic::State);
        for state in &overdue.states {
            let value = encode(state)?;
            let record = BaseRecord::to(&topic).key(&state.delivery_id).payload(&value).headers(writer::headers());
            producer.send(record).map_err(|(error, _)| error).with_context(|| format!("a record for {topic}"))?;
        }
        Ok(producer.flush(FLUSH)?)
    }

    /// The peer's topic.
    pub(super) fn of_peer(&self) -> String {
        format!("{}{PEER}", self.kafka.topic_prefix)
    }

    /// Deletes the topics.
    ///
    /// # Errors
    /// When the broker refuses.
    pub(super) async fn end(&self) -> Result<()> {
        let topics = self.topics();
        let names: Vec<&str> = topics.iter().map(|(topic, _)| topic.as_str()).collect();
        self.admin()?.delete_topics(&names, &AdminOptions::new()).await?;
        Ok(())
    }

    /// The topics, with their numbers of partitions.
    fn topics(&self) -> [(String, i32); 3] {
        [
            (self.kafka.topic(Topic::NewPosition), PARTITIONS),
            (self.kafka.topic(Topic::State), 1),
            (self.of_peer(), PARTITIONS),
        ]
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        Ok(self.kafka.client("bench")?.create().map_err(ConnectionError::from)?)
    }
}

fn connection(bootstrap_servers: String) -> KafkaConfig {
    let run = unique("bench");
    KafkaConfig {
        bootstrap_servers,
        topic_prefix: format!("{run}."),
        group_prefix: format!("{run}."),
        properties_directory: None,
    }
}
