use anyhow::anyhow;
use serde_json::json;

use super::*;

#[test]
fn an_email_is_waited_for_until_nothing_more_is_done_about_it() {
    let invoice = |state: &str| json!({"email": {"state": state}});
    for (state, is_over) in
        [("PENDING", false), ("SENDING", false), ("SENT", true), ("BOUNCED", true), ("FAILED", true)]
    {
        assert_eq!(has_ended(&invoice(state)), is_over, "{state}");
    }
    assert!(!has_ended(&json!({"reason": "UnknownInvoice"})));
}

#[test]
fn a_service_that_is_busy_or_away_is_asked_again() {
    let answer = |status| Ok((status, json!({})));
    for passing in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT, StatusCode::TOO_MANY_REQUESTS] {
        assert!(is_passing(&answer(passing)), "{passing}");
    }
    assert!(is_passing(&Err(anyhow!("connection refused"))));
    for last in [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY] {
        assert!(!is_passing(&answer(last)), "{last}");
    }
}
