//! A context with a Kafka that it reads, leading or standing by.

use super::kafka::{self, Broker, Record};
use super::server::{Answer, Asked, context_of, server};
use delivery_api::Delivery;
use delivery_messages::Topic;
use delivery_operator::context::Context;
use delivery_operator::replay;
use delivery_operator::wake::Wake;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A context that has read nothing yet, and does not lead before it is told so.
pub fn reading(
    answers: Vec<Answer>,
    known: Vec<Delivery>,
) -> (Broker, Arc<Context>, watch::Sender<bool>, JoinHandle<Vec<Asked>>) {
    let (broker, config) = kafka::broker();
    let (client, serving) = server(answers);
    let leading = watch::Sender::new(false);
    let context = Arc::new(context_of(client, known, Some(config)).leading_when(leading.subscribe()));
    context.log_read.send_replace(false);
    (broker, context, leading, serving)
}

/// Reads in the background until the test ends; returns when all has been read once.
pub async fn warm(context: &Arc<Context>) -> JoinHandle<()> {
    let (warm, told) = tokio::sync::oneshot::channel();
    let reader = Arc::clone(context);
    let reading = tokio::spawn(async move {
        replay::run(&reader, &Wake::default(), || warm.send(()).unwrap()).await.unwrap();
    });
    told.await.unwrap();
    reading
}

/// Leads, and returns when all has been read since.
pub async fn lead(context: &Arc<Context>, leading: &watch::Sender<bool>) -> JoinHandle<()> {
    leading.send_replace(true);
    let reading = warm(context).await;
    context.log_read.subscribe().wait_for(|read| *read).await.unwrap();
    reading
}

pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

/// The records of a key, in their order.
pub async fn of_key(context: &Context, topic: Topic, key: &str) -> Vec<Record> {
    kafka::records(&context.config.kafka, topic).await.into_iter().filter(|record| record.key == key).collect()
}
