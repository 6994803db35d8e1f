use delivery_fuzz::Fuzz;

use super::*;

#[test]
fn a_start_needs_no_body_and_takes_what_the_page_sends() {
    let request = read_start("1", String::new(), b" \n").unwrap();
    assert_eq!(request.route_id, "1");
    assert_eq!(request.request_id.unwrap().len(), 36);
    let body =
        br#"{"courier":"moto-7","vehicle":"motorcycle","speedKmh":36,"intervalMilliseconds":500,"requestId":"r1"}"#;
    let request = read_start("2", "peer".to_owned(), body).unwrap();
    assert_eq!(request.client_id, "peer");
    assert_eq!(request.courier.as_deref(), Some("moto-7"));
    assert_eq!(request.speed_kmh, Some(36));
    assert_eq!(request.request_id.as_deref(), Some("r1"));
}

#[test]
fn a_mistyped_body_is_refused_with_the_field() {
    let long = format!(r#"{{"courier":"{}"}}"#, "x".repeat(254));
    for (body, word) in [
        (r#"{"courrier":"moto-7"}"#, "courrier"),
        (r#"{"speedKmh":"fast"}"#, "fast"),
        ("{", "line 1"),
        (r#"["r1","moto-7"]"#, "not an object"),
        (r#"{"requestId":""}"#, "requestId"),
        (&long, "courier"),
    ] {
        let problem = read_start("1", String::new(), body.as_bytes()).unwrap_err();
        assert_eq!(problem.reason, "InvalidBody");
        assert!(problem.message.contains(word), "{problem:?}");
    }
}

#[test]
fn what_no_delivery_can_have_is_refused_at_once_with_what_it_may_be() {
    for (body, word) in
        [(r#"{"speedKmh":0}"#, "write 1 to 1000"), (r#"{"intervalMilliseconds":10}"#, "write 50 to 60000")]
    {
        let problem = read_start("1", String::new(), body.as_bytes()).unwrap_err();
        assert_eq!((problem.status, problem.reason), (StatusCode::BAD_REQUEST, "InvalidRequest"));
        assert!(problem.message.contains(word), "{problem:?}");
    }
}

#[test]
fn fuzzed_bodies_become_requests_that_the_operator_can_read_or_are_refused() {
    let report = Fuzz::new("start-body").swollen().run(|input| match read_start("1", "peer".to_owned(), input) {
        Ok(request) => {
            let bytes = delivery_messages::encode(&request).unwrap();
            assert!(bytes.len() <= 16 << 10, "{} bytes", bytes.len());
            assert_eq!(NewDirection::decode(Some(&bytes)).unwrap(), request);
            assert!(request.request_id.is_some_and(|id| !id.is_empty()) && request.client_id == "peer");
            "request"
        }
        Err(problem) => {
            assert!(problem.message.ends_with('.') && problem.message.len() <= 12 * input.len() + 1_024, "{problem:?}");
            problem.reason
        }
    });
    report.reached(&["request", "InvalidBody"]);
}
