//! An operator with a Kafka that it reads, as leader or as standby.

use std::sync::Arc;
use std::time::Duration;

use delivery_api::Delivery;
use delivery_messages::Topic;
use delivery_observability::Heartbeat;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::kafka::{self, Broker, Record};
use super::server::{Answer, Asked, operator_of, server};
use crate::base::wake::Wake;
use crate::run::operator::Operator;

/// An operator that has read nothing yet, and does not lead before `leading` is true.
pub(crate) fn reading(
    answers: Vec<Answer>,
    known: Vec<Delivery>,
) -> (Broker, Arc<Operator>, watch::Sender<bool>, JoinHandle<Vec<Asked>>) {
    let (broker, config) = kafka::broker();
    let (client, serving) = server(answers);
    let leading = watch::Sender::new(false);
    let operator = Arc::new(operator_of(client, known, Some(config), leading.subscribe()));
    (broker, operator, leading, serving)
}

/// Reads in the background until the test ends; returns when all has been read once.
pub(crate) async fn warm(operator: &Arc<Operator>) -> JoinHandle<()> {
    let (warm, warmed) = tokio::sync::oneshot::channel();
    let log = Arc::clone(&operator.log);
    let reading = tokio::spawn(async move {
        let heartbeat = Heartbeat::new(Duration::from_mins(1));
        log.follow(&Wake::default(), &heartbeat, || warm.send(()).unwrap()).await.unwrap();
    });
    warmed.await.unwrap();
    reading
}

/// Leads, and returns when all has been read since.
pub(crate) async fn lead(operator: &Arc<Operator>, leading: &watch::Sender<bool>) -> JoinHandle<()> {
    leading.send_replace(true);
    let reading = warm(operator).await;
    operator.log.wait_until_caught_up().await;
    reading
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(45), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

/// The records of a key, in their order.
pub(crate) async fn of_key(operator: &Operator, topic: Topic, key: &str) -> Vec<Record> {
    kafka::records(&operator.log.kafka, topic).await.into_iter().filter(|record| record.key == key).collect()
}
