use delivery_fuzz::Fuzz;

use super::*;
use crate::domain::testing::{self, NOW, RECIPIENT};

fn send(body: &str) -> Result<Request, Problem> {
    request(body.as_bytes(), None, None, NOW)
}

#[test]
fn the_originals_body_is_a_whole_request() {
    let body = format!(r#"{{"content":"Nova solicitação!","category":"social","recipientId":"{RECIPIENT}","more":1}}"#);
    let request = send(&body).unwrap();
    assert_eq!((request.content.as_str(), request.at), ("Nova solicitação!", NOW));
    assert_ne!(request.id, send(&body).unwrap().id, "without a key each request is another");
    let with_key = |key| super::request(body.as_bytes(), Some(key), None, NOW).map(|request| request.id);
    assert_eq!(with_key("7"), with_key("7"));
    assert_ne!(with_key("7"), with_key("8"));
    assert_eq!(with_key("").unwrap_err().reason, "InvalidIdempotencyKey");
}

#[test]
fn what_is_no_json_is_400_and_a_wrong_value_422() {
    let with = |content: &str| format!(r#"{{"recipientId":"{RECIPIENT}","content":{content},"category":"a"}}"#);
    for (body, status, reason) in [
        (String::new(), 400, "NotJson"),
        ("{".to_owned(), 400, "NotJson"),
        ("hello".to_owned(), 400, "NotJson"),
        ("[]".to_owned(), 422, "InvalidBody"),
        ("{}".to_owned(), 422, "InvalidBody"),
        (with("5"), 422, "InvalidBody"),
        (with("\"four\""), 422, "InvalidContent"),
        (with("\"fives\"").replace(RECIPIENT, "7"), 422, "InvalidId"),
    ] {
        let problem = send(&body).unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.reason), (status, reason), "{body}");
        assert!(problem.message.ends_with('.'), "{}", problem.message);
    }
    assert!(send(&with("\"fives\"")).is_ok());
}

#[test]
fn a_recipient_chooses_everything_or_leaves_it_to_the_defaults() {
    let id = testing::recipient().id;
    let chosen = choice(id, b"{}").unwrap();
    assert_eq!((chosen.language, chosen.email), (Language::Portuguese, None));
    assert_eq!(chosen.channels, Channel::ALL.into());
    let body = br#"{"email":"customer7@example.com","language":"en","channels":["page"]}"#;
    let chosen = choice(id, body).unwrap();
    assert_eq!((chosen.language, chosen.channels), (Language::English, [Channel::Page].into()));
    for (body, reason) in [
        (r#"{"channels":["fax"]}"#, "InvalidBody"),
        (r#"{"language":"de"}"#, "InvalidBody"),
        (r#"{"email":"a@example.com\r\nBcc: b@example.com"}"#, "InvalidEmail"),
    ] {
        assert_eq!(choice(id, body.as_bytes()).unwrap_err().reason, reason, "{body}");
    }
}

#[test]
fn fuzzed_bodies_are_requests_or_choices_with_valid_values_or_have_a_sentence() {
    let report = Fuzz::new("body").swollen().run(|input| {
        let explained = |problem: &Problem| {
            let Problem { status, message, .. } = problem;
            assert!([400, 422].contains(&status.as_u16()), "{status}");
            assert!(message.ends_with('.') && message.len() <= 1_024, "{} bytes: {message}", message.len());
        };
        match choice(testing::recipient().id, input) {
            Ok(chosen) => {
                let address = chosen.email.as_ref().map_or("", Email::as_str);
                assert!(!address.contains(char::is_whitespace) && !address.contains(char::is_control));
            }
            Err(problem) => explained(&problem),
        }
        match request(input, Some("7"), None, NOW) {
            Ok(found) => {
                assert!((Content::MIN..=Content::MAX).contains(&found.content.as_str().chars().count()));
                "request"
            }
            Err(problem) => {
                explained(&problem);
                problem.reason
            }
        }
    });
    report.reached(&["request", "NotJson", "InvalidBody", "InvalidId", "InvalidContent"]);
}
