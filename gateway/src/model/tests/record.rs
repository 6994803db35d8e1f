use super::*;
use crate::testing;

fn raw<'a>(key: &'a str, value: &'a str) -> Raw<'a> {
    Raw { key: Some(key.as_bytes()), value: Some(value.as_bytes()), time: 7, offset: RecordOffset::default() }
}

#[test]
fn garbage_has_a_stable_reason_on_every_topic() {
    let plan = serde_json::to_string(&testing::plan("d1")).unwrap();
    let position = serde_json::to_string(&testing::position("d1", 0, false)).unwrap();
    let far = position.replace("-15.8", "200.0");
    for (topic, raw, reason) in [
        (Topic::Plan, raw("d1", "no json"), "MalformedRecord"),
        (Topic::Plan, raw("d2", &plan), "KeyMismatch"),
        (Topic::Plan, Raw { value: Some(plan.as_bytes()), ..Raw::default() }, "NoKey"),
        (Topic::State, raw("d1", r#"{"deliveryId":7}"#), "MalformedRecord"),
        (Topic::Catalogue, raw("a/b@c", "[]"), "MalformedRecord"),
        (Topic::NewPosition, raw("d1", &far), "OffTheEarth"),
        (Topic::NewPosition, raw("d2", &position), "KeyMismatch"),
        (Topic::NewPosition, Raw { value: Some(position.as_bytes()), ..Raw::default() }, "NoKey"),
        (Topic::Erased, raw("d1", r#"{"erasedAt":"today"}"#), "MalformedRecord"),
        (Topic::Erased, Raw { value: Some(br#"{"erasedAt":1}"#), ..Raw::default() }, "NoKey"),
        (Topic::NewPosition, Raw::default(), "EmptyRecord"),
    ] {
        assert_eq!(read(topic, raw, |_| None).unwrap_err().reason(), reason, "{topic:?} {raw:?}");
    }
}

#[test]
fn a_tombstone_is_a_record_without_a_value() {
    let raw = Raw { key: Some(b"d1"), ..Raw::default() };
    assert!(matches!(read(Topic::Plan, raw, |_| None), Ok(Some(Record::Plan { plan: None, .. }))));
}

#[test]
fn a_plan_has_its_place_in_the_log_and_the_trace_of_its_header() {
    let plan = serde_json::to_string(&testing::plan("d1")).unwrap();
    let raw = Raw { offset: RecordOffset { partition: 2, offset: 17 }, ..raw("d1", &plan) };
    for (header, trace) in [
        (
            Some(&b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"[..]),
            Some(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
        ),
        (Some(&b"<script>"[..]), None),
        (None, None),
    ] {
        let read = read(Topic::Plan, raw, |name| header.filter(|_| name == TRACEPARENT_HEADER));
        let Ok(Some(Record::Plan { origin, .. })) = read else { panic!("{read:?}") };
        assert_eq!(origin, PlanOrigin { trace, record: Some(raw.offset) });
    }
}

#[test]
fn a_dead_letter_answers_the_request_that_its_header_names() {
    let headers = |name: &str| match name {
        REQUEST_ID_HEADER => Some(&b"r1"[..]),
        REASON_HEADER => Some(&b"UnknownRoute"[..]),
        MESSAGE_HEADER => Some(&b"There is no route 9."[..]),
        _ => None,
    };
    let Ok(Some(Record::Rejected(rejection))) = read(Topic::DeadLetters, Raw::default(), headers) else {
        panic!("no rejection");
    };
    assert_eq!(rejection.request_id, "r1");
    assert_eq!(rejection.reason, "UnknownRoute");
    assert!(matches!(read(Topic::DeadLetters, Raw::default(), |_| None), Ok(None)), "it replies to no request");
}

#[test]
fn the_golden_records_are_understood() {
    for (topic, golden) in [
        (Topic::Plan, include_str!("../../../../messages/golden/1/delivery.plan.json")),
        (Topic::State, include_str!("../../../../messages/golden/1/delivery.state.json")),
        (Topic::Catalogue, include_str!("../../../../messages/golden/1/route.catalogue.json")),
        (Topic::NewPosition, include_str!("../../../../messages/golden/1/route.new-position.json")),
        (Topic::Erased, include_str!("../../../../messages/golden/1/delivery.erased.json")),
    ] {
        let records: Vec<serde_json::Value> = serde_json::from_str(golden).unwrap();
        for record in records {
            let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            let key = match topic {
                Topic::Catalogue => {
                    delivery_messages::deliveries::catalogue::key(&text("namespace"), &text("name"), &text("revision"))
                }
                _ => text("deliveryId"),
            };
            let read = read(topic, raw(&key, &record.to_string()), |_| None);
            assert!(matches!(read, Ok(Some(_))), "{topic:?}: {read:?}");
        }
    }
}
