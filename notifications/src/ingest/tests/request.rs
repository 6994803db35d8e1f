use delivery_fuzz::Fuzz;

use super::*;
use crate::domain::testing::{NOW, RECIPIENT};

fn record(value: &str) -> Record {
    Record {
        topic: Topic::SendNotification,
        name: "test.notifications.send-notification".to_owned(),
        partition: 3,
        offset: 7,
        time: NOW,
        value: Some(value.as_bytes().to_vec()),
        trace: None,
    }
}

#[test]
fn the_originals_payload_is_a_whole_request() {
    let value =
        format!(r#"{{"content":"Nova solicitação de amizade!","category":"social","recipientId":"{RECIPIENT}"}}"#);
    let request = request(&record(&value)).unwrap();
    assert_eq!(request.content.as_str(), "Nova solicitação de amizade!");
    assert_eq!((request.category.as_str(), request.recipient.to_string().as_str()), ("social", RECIPIENT));
    assert_eq!((request.link, request.at), (None, NOW));
}

#[test]
fn without_an_id_the_same_record_has_the_same_one_and_every_other_another() {
    let value = format!(r#"{{"content":"hello","category":"social","recipientId":"{RECIPIENT}"}}"#);
    let first = record(&value);
    let id = |record: &Record| request(record).unwrap().id;
    assert_eq!(id(&first), id(&first));
    for other in [
        Record { offset: 8, ..first.clone() },
        Record { partition: 4, ..first.clone() },
        Record { time: NOW + 1, ..first.clone() },
    ] {
        assert_ne!(id(&first), id(&other));
    }
}

#[test]
fn a_given_id_and_a_link_are_taken() {
    let value = format!(
        r#"{{"content":"hello","category":"delivery","recipientId":"{RECIPIENT}",
            "notificationId":"0f6d5a1c-2f3b-8c4d-9e5f-6a7b8c9d0001","link":"/#/delivery/shop/primeiro","more":1}}"#
    );
    let request = request(&record(&value)).unwrap();
    assert_eq!(request.id.to_string(), "0f6d5a1c-2f3b-8c4d-9e5f-6a7b8c9d0001");
    assert_eq!(request.link.unwrap().as_str(), "/#/delivery/shop/primeiro");
}

#[test]
fn what_is_no_request_has_a_reason_and_a_sentence() {
    let with = |recipient: &str, content: &str, category: &str, more: &str| {
        format!(r#"{{"recipientId":"{recipient}","content":"{content}","category":"{category}"{more}}}"#)
    };
    for (value, reason) in [
        ("hello".to_owned(), "MalformedRecord"),
        ("[]".to_owned(), "MalformedRecord"),
        ("{}".to_owned(), "MalformedRecord"),
        (with("7", "hello", "social", ""), "InvalidId"),
        (with(RECIPIENT, "four", "social", ""), "InvalidContent"),
        (with(RECIPIENT, &"x".repeat(241), "social", ""), "InvalidContent"),
        (with(RECIPIENT, "hello", "", ""), "InvalidCategory"),
        (with(RECIPIENT, "hello", "social", r#","link":"https://evil.example""#), "InvalidLink"),
        (with(RECIPIENT, "hello", "social", r#","notificationId":"7""#), "InvalidId"),
    ] {
        let error = request(&record(&value)).unwrap_err();
        assert_eq!(error.reason(), reason, "{value}");
        assert!(error.to_string().ends_with('.'), "{error}");
    }
    let empty = request(&Record { value: None, ..record("") }).unwrap_err();
    assert_eq!(empty.reason(), "EmptyRecord");
}

#[test]
fn fuzzed_records_are_requests_with_valid_values_or_have_a_sentence() {
    let report = Fuzz::new("send-notification").swollen().run(|input| {
        let record = Record { value: Some(input.to_vec()), ..record("") };
        let error = match request(&record) {
            Ok(found) => {
                let characters = found.content.as_str().chars().count();
                assert!((Content::MIN..=Content::MAX).contains(&characters));
                assert!(found.link.is_none_or(|link| link.as_str().starts_with('/')));
                assert_eq!(RecipientId::read("recipientId", &found.recipient.to_string()), Ok(found.recipient));
                return "request";
            }
            Err(error) => error,
        };
        let message = error.to_string();
        assert!(message.ends_with('.') && message.len() <= 1_024, "{} bytes: {message}", message.len());
        error.reason()
    });
    report.reached(&["request", "MalformedRecord", "InvalidId", "InvalidContent", "InvalidCategory", "InvalidLink"]);
}
