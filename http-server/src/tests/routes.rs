use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::entrance::Rates;
use crate::origins::AllowedOrigins;

const SLOW: Duration = Duration::from_millis(30);

/// The statuses that were counted, and how long the requests took.
type Counted = Arc<Mutex<Vec<(u16, Duration)>>>;

/// A route to `/things/:name`, and what was counted.
fn things() -> (BoxedFilter<(Response,)>, Counted) {
    let shelf = Arc::new(vec!["a thing".to_owned()]);
    let counted = Counted::default();
    let one = warp::path!("things" / String).and(reading()).and(with(&shelf)).then(
        |name: String, shelf: Arc<Vec<String>>| async move {
            if name == "slow" {
                tokio::time::sleep(SLOW).await;
            }
            let found = shelf.iter().find(|thing| **thing == decoded(&name));
            finish(found.map(|thing| thing.clone().into_response()).ok_or_else(|| match name.as_str() {
                "busy" => Problem::unavailable("Busy", "Try again."),
                _ => Problem::not_found("UnknownThing", "There is no such thing."),
            }))
        },
    );
    let counts = Arc::clone(&counted);
    let count = move |status, took| counts.lock().unwrap().push((status, took));
    (answered(one.boxed(), ("There is GET alone.", "There are things."), count), counted)
}

async fn ask(routes: &BoxedFilter<(Response,)>, method: &str, path: &str) -> (u16, Value) {
    let response = warp::test::request().method(method).path(path).reply(routes).await;
    assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
    assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    assert_eq!(response.headers().contains_key("retry-after"), response.status() == StatusCode::SERVICE_UNAVAILABLE);
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
}

#[tokio::test]
async fn what_is_not_served_is_said_with_a_reason_and_a_sentence_and_counted() {
    let (routes, counted) = things();
    assert_eq!(ask(&routes, "GET", "/things/a%20thing").await.0, 200);
    for (method, path, status, reason, message) in [
        ("GET", "/things/none", 404, "UnknownThing", "There is no such thing."),
        ("GET", "/things/%ff", 404, "UnknownThing", "There is no such thing."),
        ("GET", "/things/busy", 503, "Busy", "Try again."),
        ("POST", "/things/none", 405, "MethodNotAllowed", "There is GET alone."),
        ("GET", "/", 404, "NotFound", "There are things."),
    ] {
        let expected = json!({"error": {"reason": reason, "message": message}});
        assert_eq!(ask(&routes, method, path).await, (status, expected), "{method} {path}");
    }
    let counted: Vec<u16> = counted.lock().unwrap().iter().map(|(status, _)| *status).collect();
    assert_eq!(counted, [200, 404, 404, 503, 405, 404]);
}

#[tokio::test]
async fn a_request_takes_as_long_as_its_handler() {
    let (routes, counted) = things();
    assert_eq!(ask(&routes, "GET", "/things/slow").await.0, 404);
    let counted = counted.lock().unwrap();
    assert!(counted[0].1 >= SLOW, "{counted:?}");
}

/// A route that changes something and counts how often, for the pages of one other origin.
fn changing() -> (BoxedFilter<(Response,)>, Arc<Mutex<usize>>) {
    let changes = Arc::<Mutex<usize>>::default();
    let counter = Arc::clone(&changes);
    let post = warp::path!("things").and(warp::post()).map(move || {
        *counter.lock().unwrap() += 1;
        Response::default()
    });
    let read = warp::path!("things").and(reading()).map(Response::default);
    let origins = AllowedOrigins::new(vec!["https://app.example".to_owned()]).unwrap();
    let all = post.or(read).unify().boxed();
    let rates = Rates { changes: 1, queries: 1, all_addresses_factor: 5 };
    let entrance = Entrance::new(origins, &rates, |_, _| {});
    (answered_to(entrance, "GET, POST", all, ("There is POST.", "There are things."), |_, _| {}), changes)
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing_unless_it_is_listed() {
    let (routes, changes) = changing();
    for (method, origin, status, is_readable, made) in [
        ("POST", Some("https://evil.example"), 403, false, 0),
        ("GET", Some("https://evil.example"), 200, false, 0),
        ("POST", Some("https://app.example"), 200, true, 1),
        ("POST", Some("http://shop.example"), 200, false, 2),
        ("POST", None, 200, false, 3),
        ("DELETE", Some("https://app.example"), 405, true, 3),
    ] {
        let mut request = warp::test::request().method(method).path("/things").header("host", "shop.example");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let response = request.reply(&routes).await;
        assert_eq!(response.status().as_u16(), status, "{method} {origin:?}");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), is_readable, "{method} {origin:?}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(*changes.lock().unwrap(), made, "{method} {origin:?}");
        if status == 403 {
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(body["error"]["reason"], "OriginNotAllowed");
        }
    }
}

#[tokio::test]
async fn the_question_of_a_browser_is_answered_and_only_listed_pages_go_on() {
    let (routes, changes) = changing();
    for (origin, goes_on) in [("https://app.example", true), ("https://evil.example", false)] {
        let asked = warp::test::request().method("OPTIONS").path("/things").header("origin", origin);
        let response = asked.header("access-control-request-method", "POST").reply(&routes).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["access-control-allow-methods"], "GET, POST");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), goes_on, "{origin}");
    }
    assert_eq!(*changes.lock().unwrap(), 0);
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_ask_again_and_nothing_of_it_is_served() {
    let (routes, changes) = changing();
    let ask = async |address: [u8; 4]| {
        let address = PeerAddress::of(address.into());
        warp::test::request().method("POST").path("/things").extension(address).reply(&routes).await
    };
    for _ in 0..10 {
        assert_eq!(ask([192, 0, 2, 1]).await.status(), StatusCode::OK);
    }
    let refused = ask([192, 0, 2, 1]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    let body: Value = serde_json::from_slice(refused.body()).unwrap();
    assert_eq!(body["error"]["reason"], "TooManyRequests");
    assert_eq!(ask([192, 0, 2, 2]).await.status(), StatusCode::OK, "another address");
    assert_eq!(*changes.lock().unwrap(), 11);
}
