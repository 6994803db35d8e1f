//! A client of any kind, and how to ask it a question that blocks.
//!
//! Which questions to ask is left to [`crate::read::partitions`] and the services; reviving a client, to [`crate::connect::revival`].

use std::sync::Arc;

use rdkafka::ClientContext;
use rdkafka::admin::AdminClient;
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::future_producer::FutureProducerContext;
use rdkafka::producer::{FutureProducer, Producer, ProducerContext, ThreadedProducer};

/// A consumer, a producer or an admin client.
pub trait KafkaClient: Send + Sync + 'static {
    /// The callbacks that it was made with.
    type Context: ClientContext;

    /// The part that all kinds of clients share: metadata, watermarks, ids.
    fn client(&self) -> &Client<Self::Context>;
}

impl<C: ConsumerContext + 'static> KafkaClient for BaseConsumer<C> {
    type Context = C;

    fn client(&self) -> &Client<C> {
        Consumer::client(self)
    }
}

impl<C: ConsumerContext + 'static> KafkaClient for StreamConsumer<C> {
    type Context = C;

    fn client(&self) -> &Client<C> {
        Consumer::client(self)
    }
}

impl<C: ProducerContext + 'static> KafkaClient for ThreadedProducer<C> {
    type Context = C;

    fn client(&self) -> &Client<C> {
        Producer::client(self)
    }
}

impl<C: ClientContext + 'static> KafkaClient for FutureProducer<C> {
    type Context = FutureProducerContext<C>;

    fn client(&self) -> &Client<Self::Context> {
        Producer::client(self)
    }
}

impl<C: ClientContext + 'static> KafkaClient for AdminClient<C> {
    type Context = C;

    fn client(&self) -> &Client<C> {
        self.inner()
    }
}

/// Asks a client something that blocks a thread until Kafka answers, on a thread kept for that; give the question a time limit.
///
/// # Errors
/// What the question returns; [`KafkaError::Canceled`] when the process ends before it is answered.
pub async fn ask<C, T>(
    client: &Arc<C>,
    question: impl FnOnce(&C) -> Result<T, KafkaError> + Send + 'static,
) -> Result<T, KafkaError>
where
    C: Send + Sync + 'static,
    T: Send + 'static,
{
    let client = Arc::clone(client);
    tokio::task::spawn_blocking(move || question(&client)).await.unwrap_or(Err(KafkaError::Canceled))
}
