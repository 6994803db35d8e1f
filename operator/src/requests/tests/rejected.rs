//! What is read of the dead letters, against a mock Kafka, which knows no offsets by time.

use std::borrow::Cow;

use delivery_kafka::DeadLetterRecord;
use delivery_kafka::write::writer;
use delivery_messages::DeadLetter;
use jiff::Timestamp;
use rdkafka::producer::FutureProducer;
use rdkafka::util::Timeout;

use super::*;
use crate::testing;

#[test]
fn what_was_read_is_used_for_records_that_are_not_older() {
    let known = Known { read: Instant::now(), since: 1_000, letters: Letters::new() };
    assert!(known.reaches(1_000) && known.reaches(Millis::MAX));
    assert!(!known.reaches(999) && !known.reaches(Millis::MIN));
}

#[tokio::test]
async fn dead_letters_are_read_again_for_a_record_that_is_older_than_what_was_read() {
    let (_broker, kafka) = testing::kafka::broker();
    let now = Timestamp::now().as_millisecond();
    let rejected = Rejected::older_than(0);
    let origin = |at| Origin { record: "a/0/1".to_owned(), at, ..Origin::default() };
    assert!(!rejected.contains(&kafka, &origin(now), now).await.unwrap());
    let letter = DeadLetter {
        topic: "a",
        partition: 0,
        offset: 1,
        value: b"",
        reason: "any",
        message: Cow::Borrowed("any"),
        service: "operator",
        request_id: None,
    };
    let producer: FutureProducer = writer::settings(&kafka, "test").unwrap().create().unwrap();
    let limit = Timeout::After(Duration::from_secs(5));
    DeadLetterRecord::from(&letter).send(&producer, &kafka.topic(Topic::DeadLetters), limit).await.unwrap();
    assert!(!rejected.contains(&kafka, &origin(now - MARGIN), now).await.unwrap(), "what was read is used for a while");
    assert!(rejected.contains(&kafka, &origin(now - MARGIN - 1), now).await.unwrap());
}
