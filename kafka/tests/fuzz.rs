//! Dead letters of whatever anyone may write: each is one small record, which names the record that it is about.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::borrow::Cow;

use delivery_fuzz::{Fuzz, Line};
use delivery_kafka::DeadLetterRecord;
use delivery_messages::DeadLetter;
use delivery_messages::records::dead_letter::{LENGTH_HEADER, MAX_HEADER, MAX_VALUE, REQUEST_ID_HEADER};
use rdkafka::message::Headers;

#[test]
fn fuzzed_records_make_dead_letters_that_kafka_takes() {
    let report = Fuzz::new("dead-letter").swollen().run(|input| {
        let Line { topic, key, time, value } = Line::read(input);
        let (request, value) = (key.map(String::from_utf8_lossy), value.unwrap_or_default());
        let letter = DeadLetterRecord::from(&DeadLetter {
            topic,
            partition: 3,
            offset: time,
            value,
            reason: "MalformedRecord",
            message: String::from_utf8_lossy(value),
            service: topic,
            request_id: request.as_deref(),
        });
        assert_eq!(letter.key, format!("{topic}/3/{time}"));
        assert!(letter.value.len() <= MAX_VALUE && value.starts_with(&letter.value));
        let headers = letter.owned_headers();
        let sizes: usize = headers.iter().map(|header| header.key.len() + header.value.unwrap_or_default().len()).sum();
        assert!(sizes <= 5 * (MAX_HEADER + 16), "{sizes} bytes of headers");
        let header = |name| headers.iter().find(|header| header.key == name).and_then(|header| header.value);
        assert_eq!(header(LENGTH_HEADER), Some(value.len().to_string().as_bytes()));
        let Some(id) = header(REQUEST_ID_HEADER) else {
            assert_eq!(request, None);
            return "without a request";
        };
        let id = std::str::from_utf8(id).unwrap();
        let whole: Cow<'_, str> = request.unwrap();
        assert!(id == whole || whole.starts_with(id.trim_end_matches('…')), "{id} of {whole}");
        "with a request"
    });
    report.reached(&["without a request", "with a request"]);
}
