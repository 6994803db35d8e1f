use delivery_http_server::{AllowedOrigins, Rates};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use warp::filters::BoxedFilter;
use warp::test::RequestBuilder;

use super::*;
use crate::domain::testing::{InMemory, RECIPIENT};
use crate::http::routes;

/// The API on a store in memory.
struct Service {
    routes: BoxedFilter<(Response,)>,
}

impl Service {
    fn start() -> Self {
        let use_cases = Arc::new(UseCases::new(InMemory::default(), true, Box::new(|_| {})));
        let metrics = Metrics::new(&mut Registry::default());
        Self {
            routes: routes(&Arc::new(Api {
                use_cases,
                metrics,
                body_bytes: 1_000,
                entrance: Entrance::new(AllowedOrigins::default(), &Rates::default(), |_, _| {}),
            })),
        }
    }

    async fn answer(&self, request: RequestBuilder) -> (u16, Value) {
        let response = request.reply(&self.routes).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    async fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        self.answer(warp::test::request().method(method).path(path)).await
    }

    /// Sends a notification; its answer.
    async fn send(&self, key: Option<&str>, content: &str) -> (u16, Value) {
        let body = json!({"recipientId": RECIPIENT, "content": content, "category": "social"});
        let request = warp::test::request().method("POST").path("/notifications").body(body.to_string());
        self.answer(if let Some(key) = key { request.header("Idempotency-Key", key) } else { request }).await
    }

    /// Sends a notification; its id.
    async fn sent(&self, content: &str) -> String {
        self.send(None, content).await.1["notification"]["id"].as_str().unwrap().to_owned()
    }
}

fn reason(answer: &(u16, Value)) -> (u16, &str) {
    let message = answer.1["error"]["message"].as_str().unwrap();
    assert!(message.ends_with('.'), "{message}");
    (answer.0, answer.1["error"]["reason"].as_str().unwrap())
}

#[tokio::test]
async fn a_notification_is_created_and_shown_with_the_originals_fields_and_more() {
    let service = Service::start();
    let (status, answer) = service.send(None, "Nova solicitação de amizade!").await;
    assert_eq!(status, 201);
    let shown = &answer["notification"];
    assert_eq!(shown["content"], "Nova solicitação de amizade!");
    assert_eq!((&shown["category"], &shown["recipientId"]), (&json!("social"), &json!(RECIPIENT)));
    assert!(shown["createdAt"].is_i64() && shown.get("readAt").is_none() && shown.get("link").is_none());
    assert_eq!(shown["channels"], json!([{"channel": "page", "state": "PENDING", "attempts": 0}]));
}

#[tokio::test]
async fn the_same_key_is_the_same_notification_and_not_another() {
    let service = Service::start();
    let (status, first) = service.send(Some("7"), "hello").await;
    assert_eq!(status, 201);
    assert_eq!(service.send(Some("7"), "hello").await, (200, first));
    assert_eq!(reason(&service.send(Some("7"), "something else").await), (422, "IdempotencyKeyReused"));
    assert_eq!(service.ask("GET", &format!("/notifications/count/from/{RECIPIENT}")).await, (200, json!({"count": 1})));
}

#[tokio::test]
async fn read_unread_and_cancel_answer_with_the_notification_and_what_is_cancelled_is_409() {
    let service = Service::start();
    let id = service.sent("hello").await;
    let act = async |action: &str| service.ask("PATCH", &format!("/notifications/{id}/{action}")).await;
    let (status, read) = act("read").await;
    assert!(status == 200 && read["notification"]["readAt"].is_i64());
    assert_eq!(act("read").await, (200, read), "the first time is kept");
    assert!(act("unread").await.1["notification"].get("readAt").is_none());
    let (status, canceled) = act("cancel").await;
    assert!(status == 200 && canceled["notification"]["canceledAt"].is_i64());
    assert_eq!(act("cancel").await, (200, canceled), "the first time is kept");
    assert_eq!(reason(&act("read").await), (409, "NotificationCanceled"));
    assert_eq!(reason(&act("unread").await), (409, "NotificationCanceled"));
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_no_uuid_422() {
    let service = Service::start();
    let unknown = "0f6d5a1c-2f3b-8c4d-9e5f-6a7b8c9d0001";
    let read = service.ask("PATCH", &format!("/notifications/{unknown}/read")).await;
    assert_eq!(reason(&read), (404, "UnknownNotification"));
    assert_eq!(reason(&service.ask("PATCH", "/notifications/7/read").await), (422, "InvalidId"));
    assert_eq!(reason(&service.ask("GET", "/notifications/from/7").await), (422, "InvalidId"));
    assert_eq!(reason(&service.ask("GET", &format!("/recipients/{unknown}")).await), (404, "UnknownRecipient"));
    assert_eq!(reason(&service.ask("GET", "/nothing").await), (404, "NotFound"));
    assert_eq!(reason(&service.ask("GET", "/notifications").await), (405, "MethodNotAllowed"));
    assert_eq!(reason(&service.ask("DELETE", &format!("/recipients/{unknown}")).await), (405, "MethodNotAllowed"));
}

#[tokio::test]
async fn a_list_is_filtered_and_read_by_its_cursor() {
    let service = Service::start();
    for content in ["first", "second", "third"] {
        service.sent(content).await;
    }
    let canceled = service.sent("cancelled").await;
    service.ask("PATCH", &format!("/notifications/{canceled}/cancel")).await;
    let from = format!("/notifications/from/{RECIPIENT}?unread=true&cancelled=false&limit=2");
    let (status, first) = service.ask("GET", &from).await;
    assert_eq!((status, first["notifications"].as_array().unwrap().len()), (200, 2));
    let next = first["next"].as_str().unwrap();
    let (_, last) = service.ask("GET", &format!("{from}&cursor={next}")).await;
    assert_eq!((last["notifications"].as_array().unwrap().len(), &last["next"]), (1, &Value::Null));
    let (_, count) = service.ask("GET", &format!("/notifications/count/from/{RECIPIENT}?cancelled=true")).await;
    assert_eq!(count, json!({"count": 1}));
    let wrong = service.ask("GET", &format!("/notifications/from/{RECIPIENT}?limit=0")).await;
    assert_eq!(reason(&wrong), (400, "InvalidLimit"));
}

#[tokio::test]
async fn a_body_that_is_too_large_or_none_is_refused_and_nothing_is_kept() {
    let service = Service::start();
    let post = |body: String| warp::test::request().method("POST").path("/notifications").body(body);
    assert_eq!(reason(&service.answer(post("x".repeat(1_001))).await), (413, "BodyTooLarge"));
    assert_eq!(reason(&service.answer(post("hello".to_owned())).await), (400, "NotJson"));
    assert_eq!(reason(&service.send(None, "four").await), (422, "InvalidContent"));
    assert_eq!(service.ask("GET", &format!("/notifications/count/from/{RECIPIENT}")).await, (200, json!({"count": 0})));
}

#[tokio::test]
async fn a_recipient_says_how_to_be_reached_and_the_next_notification_obeys() {
    let service = Service::start();
    let path = format!("/recipients/{RECIPIENT}");
    let body = json!({"email": "customer7@example.com", "language": "en", "channels": ["email"]});
    let put = warp::test::request().method("PUT").path(&path).body(body.to_string());
    let mut expected = body;
    expected["id"] = json!(RECIPIENT);
    assert_eq!(service.answer(put).await, (200, expected.clone()));
    assert_eq!(service.ask("GET", &path).await, (200, expected));
    let (_, answer) = service.send(None, "hello").await;
    assert_eq!(answer["notification"]["channels"][0]["channel"], "email");
}
