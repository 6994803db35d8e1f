//! The API as a client sees it, without a server behind it.

use std::sync::Arc;
use std::time::Duration;

use delivery_http_server::{AllowedOrigins, Entrance, PeerAddress, Rates};
use delivery_kafka::KafkaConfig;
use delivery_messages::TraceParent;
use delivery_observability::Heartbeat;
use prometheus_client::registry::Registry;
use serde_json::Value;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::test::request;

use crate::domain::decision::{Decision, Outcome};
use crate::groups::Readers;
use crate::http::api::Shop;
use crate::http::routes;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::recorder::{self, Recorder};
use crate::testing::store::MemoryStore;
use crate::testing::{NOW, body};

struct Service {
    store: Arc<MemoryStore>,
    routes: BoxedFilter<(Response,)>,
}

struct Answer {
    status: u16,
    json: Value,
}

impl Answer {
    fn reason(&self) -> &str {
        let message = self.json["error"]["message"].as_str().unwrap_or_default();
        assert!(message.ends_with('.'), "{message}");
        self.json["error"]["reason"].as_str().unwrap_or_default()
    }
}

impl Service {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let (recorder, inbox) = Recorder::new();
        let heartbeat = Heartbeat::new(Duration::from_mins(1));
        tokio::spawn(recorder::run(Arc::clone(&store), inbox, Arc::default(), heartbeat));
        let metrics = Metrics::new(&mut Registry::default());
        let entrance = Entrance::new(AllowedOrigins::default(), &Rates::default(), |_, _| {});
        // Where nobody answers.
        let kafka = KafkaConfig {
            bootstrap_servers: "127.0.0.1:9".to_owned(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        let (readers, body_bytes) = (Readers::new(kafka), 64 * 1024);
        let shop = Shop { store: Arc::clone(&store), recorder, readers, metrics, body_bytes, entrance };
        Self { store, routes: routes(&Arc::new(shop)) }
    }

    async fn ask(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Answer {
        let mut request = request().method(method).path(path).body(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = request.reply(&self.routes).await;
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let json = serde_json::from_slice(response.body()).unwrap();
        Answer { status: response.status().as_u16(), json }
    }

    async fn buy(&self, key: Option<&str>, body: &str) -> Answer {
        self.ask("POST", "/purchases", key, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, "").await
    }
}

#[tokio::test]
async fn a_purchase_is_made_and_found_again() {
    let service = Service::new();
    let made = service.buy(None, &body(7)).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json["state"], "PENDING");
    assert_eq!(made.json["totalCents"], 3_980);
    assert_eq!(made.json["currency"], "BRL");
    assert_eq!(made.json["customer"]["email"], "customer7@example.com");
    assert_eq!(made.json["customer"]["language"], "pt-BR");
    assert_eq!(made.json["items"][0]["unitPriceCents"], 1_990);
    assert_eq!(made.json["deliverTo"]["routeId"], "2");
    assert!(made.json.get("approvedAt").is_none() && made.json.get("reason").is_none());
    let found = service.get(&format!("/purchases/{}", made.json["id"].as_str().unwrap())).await;
    assert_eq!((found.status, found.json), (200, made.json));
}

#[tokio::test]
async fn a_purchase_continues_its_clients_trace_and_has_one_of_its_own_without_a_valid_one() {
    let service = Service::new();
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for header in [Some(given), Some("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"), Some("x; DROP"), None]
    {
        let mut request = request().method("POST").path("/purchases").body(body(7));
        if let Some(header) = header {
            request = request.header("traceparent", header);
        }
        let made: Value = serde_json::from_slice(request.reply(&service.routes).await.body()).unwrap();
        let id = made["id"].as_str().unwrap();
        let expected = if header == Some(given) { given.to_owned() } else { TraceParent::derived(id).to_string() };
        assert_eq!(service.store.find(id).await.unwrap().unwrap().trace, expected, "{header:?}");
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_purchase_and_not_another() {
    let service = Service::new();
    let made = service.buy(Some("7"), &body(7)).await;
    let again = service.buy(Some("7"), &format!(" {}\n", body(7))).await;
    assert_eq!((made.status, again.status), (201, 200));
    assert_eq!(made.json["id"], again.json["id"]);
    let other = service.buy(Some("7"), &body(8)).await;
    assert_eq!((other.status, other.reason()), (422, "IdempotencyKeyReused"));
    assert_eq!(service.store.all().len(), 1);
    assert_ne!(service.buy(None, &body(7)).await.json["id"], made.json["id"]);
    let invalid = service.buy(Some(&"k".repeat(129)), &body(7)).await;
    assert_eq!((invalid.status, invalid.reason()), (422, "InvalidIdempotencyKey"));
}

#[tokio::test]
async fn the_same_key_shows_what_the_purchase_has_become() {
    let service = Service::new();
    let id = service.buy(Some("7"), &body(7)).await.json["id"].as_str().unwrap().to_owned();
    let decision =
        Decision { purchase_id: id, outcome: Outcome::Failed("PaymentRefused".to_owned()), at: NOW, sequence: 1 };
    service.store.apply(&[decision]).await.unwrap();
    let again = service.buy(Some("7"), &body(7)).await;
    assert_eq!(
        (again.status, &again.json["state"], &again.json["reason"]),
        (200, &"FAILED".into(), &"PaymentRefused".into())
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_with_the_right_status_and_nothing_is_stored() {
    let service = Service::new();
    let large = "x".repeat(2 * 1024 * 1024);
    let with = |from: &str, to: &str| body(7).replace(from, to);
    for (body, status, reason) in [
        ("purchase", 400, "InvalidJson"),
        ("", 400, "InvalidJson"),
        ("[]", 422, "InvalidBody"),
        ("{}", 422, "InvalidBody"),
        (large.as_str(), 413, "BodyTooLarge"),
        (&with("1990", "19.9"), 422, "InvalidBody"),
        (&with("\"quantity\":2", "\"quantity\":-2"), 422, "InvalidField"),
        (&with("customer7@example.com", r"a@b.example\r\nBcc: c@d.example"), 422, "InvalidField"),
        (&with("customer7@example.com", ""), 422, "InvalidField"),
    ] {
        let answer = service.buy(None, body).await;
        assert_eq!((answer.status, answer.reason()), (status, reason), "{}", answer.json);
    }
    assert!(service.store.all().is_empty());
}

#[tokio::test]
async fn what_is_not_there_is_said_as_json() {
    let service = Service::new();
    for (method, path, status, reason) in [
        ("GET", "/purchases/bb4c2658-f93b-8cd3-ba20-ac6eeb66555c", 404, "UnknownPurchase"),
        ("GET", "/purchases/7", 422, "InvalidPurchaseId"),
        ("GET", "/purchases?state=paid", 422, "InvalidState"),
        ("GET", "/purchases?limit=0", 422, "InvalidLimit"),
        ("GET", "/purchases?page=2", 422, "UnknownParameter"),
        ("GET", "/", 404, "NotFound"),
        ("DELETE", "/purchases", 405, "MethodNotAllowed"),
    ] {
        let answer = service.ask(method, path, None, "").await;
        assert_eq!((answer.status, answer.reason()), (status, reason), "{method} {path}");
    }
}

#[tokio::test]
async fn who_reads_the_purchases_is_unknown_while_kafka_is_away_and_everything_else_goes_on() {
    let service = Service::new();
    let unknown = service.get("/purchases/groups").await;
    assert_eq!((unknown.status, unknown.reason()), (503, "KafkaUnavailable"));
    assert_eq!(service.buy(None, &body(7)).await.status, 201);
}

#[tokio::test]
async fn the_list_is_in_pages_the_newest_first_without_one_twice() {
    let service = Service::new();
    for number in 0..7 {
        assert_eq!(service.buy(None, &body(number % 2)).await.status, 201);
    }
    let (mut ids, mut path) = (Vec::new(), "/purchases?limit=3".to_owned());
    loop {
        let page = service.get(&path).await.json;
        ids.extend(page["purchases"].as_array().unwrap().iter().map(|purchase| purchase["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/purchases?limit=3&cursor={next}");
    }
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 7);
    let customer = service.get("/purchases").await.json["purchases"][0]["customer"]["id"].as_str().unwrap().to_owned();
    let theirs = service.get(&format!("/purchases?customerId={customer}")).await.json;
    let theirs = theirs["purchases"].as_array().unwrap();
    assert!(!theirs.is_empty() && theirs.iter().all(|purchase| purchase["customer"]["id"] == customer.as_str()));
    assert!(service.get("/purchases?state=APPROVED").await.json["purchases"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn when_the_store_is_away_the_client_is_told_to_try_again() {
    let service = Service::new();
    service.store.fail_after(0, 0);
    for answer in [service.buy(None, &body(7)).await, service.get("/purchases").await] {
        assert_eq!((answer.status, answer.reason()), (503, "StoreUnavailable"));
    }
}

#[tokio::test]
async fn an_address_that_buys_too_fast_is_told_when_to_buy_again_and_others_are_served() {
    let service = Service::new();
    let buy = async |address: [u8; 4]| {
        let address = PeerAddress::of(address.into());
        request().method("POST").path("/purchases").body(body(7)).extension(address).reply(&service.routes).await
    };
    let mut served = 0;
    let refused = loop {
        let answer = buy([192, 0, 2, 1]).await;
        if answer.status() == 429 {
            break answer;
        }
        assert_eq!(answer.status(), 201);
        served += 1;
    };
    assert!((200..2_000).contains(&served), "{served}");
    assert_eq!(service.store.all().len(), served, "nothing of the refused one is stored");
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(buy([192, 0, 2, 2]).await.status(), 201);
}
