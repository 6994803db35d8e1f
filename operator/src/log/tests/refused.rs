use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::*;
use crate::leadership::guard::NotLeading;

fn refusal() -> WriteError {
    let source = KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
    WriteError::Refused { topic: "delivery.plan".to_owned(), source }
}

#[tokio::test]
async fn a_partition_that_refuses_is_asked_once_in_a_round_and_does_not_stop_the_others() {
    let mut refused = RefusedPartitions::default();
    assert_eq!(refused.attempt((Topic::Plan, 0), async { Ok(1) }).await.unwrap(), Some(1));
    assert_eq!(refused.attempt((Topic::Plan, 1), async { Err::<u8, _>(refusal()) }).await.unwrap(), None);
    assert_eq!(refused.attempt((Topic::Plan, 1), async { Ok(3) }).await.unwrap(), None, "it is not asked again");
    assert_eq!(refused.attempt((Topic::State, 1), async { Ok(2) }).await.unwrap(), Some(2));
    assert!(refused.contains((Topic::Plan, 1)) && !refused.contains((Topic::Plan, 0)));
    assert!(refused.end().is_err(), "the round has not done everything");
    assert!(RefusedPartitions::default().end().is_ok());
}

#[tokio::test]
async fn what_would_stop_all_ends_the_round() {
    let mut refused = RefusedPartitions::default();
    let lost = refused.attempt((Topic::Plan, 0), async { Err::<u8, _>(WriteError::from(NotLeading)) }).await;
    assert!(matches!(lost, Err(WriteError::NotLeading(_))));
    let mut ended = false;
    for partition in 0..10 {
        ended |= refused.attempt((Topic::Plan, partition), async { Err::<u8, _>(refusal()) }).await.is_err();
    }
    assert!(ended, "it is not one partition that is away, but Kafka");
}
