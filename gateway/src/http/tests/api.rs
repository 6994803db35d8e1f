use super::*;

#[test]
fn a_start_needs_no_body_and_takes_what_the_page_sends() {
    let request = read_start("1", b" \n").unwrap();
    assert_eq!(request.route_id, "1");
    assert_eq!(request.request_id.unwrap().len(), 36);
    let body =
        br#"{"courier":"moto-7","vehicle":"motorcycle","speedKmh":36,"intervalMilliseconds":500,"requestId":"r1"}"#;
    let request = read_start("2", body).unwrap();
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
        (r#"{"requestId":""}"#, "requestId"),
        (&long, "courier"),
    ] {
        let problem = read_start("1", body.as_bytes()).unwrap_err();
        assert_eq!(problem.reason, "InvalidBody");
        assert!(problem.message.contains(word), "{problem:?}");
    }
}
