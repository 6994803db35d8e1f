use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use delivery_observability::locks::lock;
use warp::http::StatusCode;

use super::*;

/// Requests that were refused: the kind, and whose budget was used up.
type Heard = Arc<Mutex<Vec<(&'static str, &'static str)>>>;

/// An entrance with one change and two queries a second per address, and what it has refused.
fn entrance() -> (Entrance, Heard) {
    let refused = Heard::default();
    let heard = Arc::clone(&refused);
    let rates = Rates { changes: 1, queries: 2, all_addresses_factor: 2 };
    let count = move |kind, of| lock(&heard).push((kind, of));
    (Entrance::new(AllowedOrigins::default(), &rates, count), refused)
}

#[expect(clippy::unnecessary_wraps, reason = "as an entrance takes it")]
fn address(number: u8) -> Option<PeerAddress> {
    Some(PeerAddress::of(IpAddr::from([192, 0, 2, number])))
}

#[test]
fn changes_and_queries_beyond_the_budget_are_refused_with_the_time_to_wait() {
    let (entrance, refused) = entrance();
    let (headers, now) = (HeaderMap::new(), Instant::now() + Duration::from_millis(1));
    let served = |method: &Method, number| {
        (0..100).take_while(|_| entrance.refusal(method, &headers, address(number), now).is_none()).count()
    };
    assert_eq!((served(&Method::POST, 1), served(&Method::GET, 1), served(&Method::HEAD, 1)), (10, 20, 0));
    let problem = entrance.refusal(&Method::PATCH, &headers, address(1), now).unwrap();
    assert_eq!((problem.status, problem.reason), (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"));
    assert_eq!(problem.message, "Your address has asked this service for too many changes. Try again in 1 s.");
    assert_eq!(problem.retry_after, Some(1));
    assert_eq!((served(&Method::PUT, 2), served(&Method::PUT, 3)), (10, 0), "all together have twice as much");
    let message = entrance.refusal(&Method::PUT, &headers, address(4), now).unwrap().message;
    assert!(message.starts_with("All clients together have asked"), "{message}");
    assert_eq!(lock(&refused).first(), Some(&("changes", "address")));
    assert_eq!(lock(&refused).last(), Some(&("changes", "all")));
}

#[test]
fn a_page_that_may_not_use_the_service_uses_up_no_budget() {
    let (entrance, refused) = entrance();
    let now = Instant::now();
    let headers = HeaderMap::from_iter([(warp::http::header::ORIGIN, "https://evil.example".parse().unwrap())]);
    for _ in 0..100 {
        let problem = entrance.refusal(&Method::POST, &headers, address(1), now).unwrap();
        assert_eq!(problem.reason, "OriginNotAllowed");
    }
    assert!(entrance.refusal(&Method::POST, &HeaderMap::new(), address(1), now).is_none());
    assert!(lock(&refused).is_empty());
}

#[test]
fn zero_is_no_limit() {
    let rates = Rates { changes: 0, queries: 0, all_addresses_factor: 0 };
    let entrance = Entrance::new(AllowedOrigins::default(), &rates, |_, _| {});
    for method in [Method::GET, Method::POST] {
        let is_served = |_| entrance.refusal(&method, &HeaderMap::new(), address(1), Instant::now()).is_none();
        assert!((0..10_000).all(is_served), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_lists_are_made_at_a_time_and_others_wait_for_a_while() {
    let (entrance, _) = entrance();
    let first = entrance.turn().await.unwrap();
    let _second = entrance.turn().await.unwrap();
    let late = entrance.turn().await.unwrap_err();
    assert_eq!((late.status, late.reason, late.retry_after), (StatusCode::SERVICE_UNAVAILABLE, "Busy", Some(5)));
    let waits = entrance.turn();
    drop(first);
    assert!(waits.await.is_ok());
}

#[tokio::test]
async fn lists_that_are_still_being_read_leave_no_place_for_more() {
    let (entrance, _) = entrance();
    let large = "x".repeat(ANSWER_BYTES / 2 + 1);
    let unread = entrance.list(&large).unwrap();
    assert_eq!(unread.headers()["content-type"], "application/json");
    assert_eq!(entrance.list(&large).unwrap_err().reason, "Busy");
    drop(unread);
    assert!(entrance.list(&large).is_ok());
}
