use warp::http::header::RETRY_AFTER;

use super::*;

#[test]
fn only_an_answer_that_asks_for_an_upgrade_says_to_what() {
    let asking = refusal(Problem::new(StatusCode::UPGRADE_REQUIRED, "NoWebSocket", "Connect with wss://."));
    let headers = asking.headers();
    assert_eq!(headers[CONNECTION], "Upgrade");
    assert_eq!(headers[UPGRADE], "websocket");
    assert_eq!(headers[SEC_WEBSOCKET_VERSION], "13");
    let busy = refusal(Problem::unavailable("TooManyConnections", "Try again later."));
    assert!(busy.headers().get(UPGRADE).is_none());
    assert_eq!(busy.headers()[RETRY_AFTER], "5");
}
