use delivery_http_server::{AllowedOrigins, Entrance, Rates};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use warp::http::StatusCode;

use super::*;
use crate::metrics::Metrics;
use crate::store::memory::MemoryStore;
use crate::testing;

async fn routes_with(numbers: impl IntoIterator<Item = u32>) -> BoxedFilter<(Response,)> {
    let store = Arc::new(MemoryStore::default());
    for number in numbers {
        store.add(&[testing::invoice(number)]).await.unwrap();
    }
    let metrics = Metrics::new(&mut Registry::default());
    let origins = AllowedOrigins::new(vec!["https://app.example".to_owned()]).unwrap();
    let entrance = Entrance::new(origins, &Rates::default(), |_, _| {});
    routes(&Arc::new(Site { store, issuer: testing::issuer(), metrics, entrance }))
}

async fn get(routes: &BoxedFilter<(Response,)>, path: &str) -> (StatusCode, Value) {
    let response = warp::test::request().path(path).reply(routes).await;
    (response.status(), serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn an_invoice_is_shown_with_its_number_key_and_email() {
    let routes = routes_with([42]).await;
    let invoice = testing::invoice(42);
    let (status, shown) = get(&routes, &format!("/invoices/{}", invoice.id)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        shown,
        json!({
            "id": invoice.id,
            "purchaseId": invoice.id,
            "customer": {
                "id": "5f0c7f1e-6a51-8f5e-9a39-0d3cbd7e9c11",
                "name": "Customer 7",
                "email": "customer7@example.com",
                "language": "pt-BR"
            },
            "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990}],
            "totalCents": 3980,
            "currency": "BRL",
            "series": 1,
            "number": 42,
            "formattedNumber": "000.000.042",
            "accessKey": invoice.access_key,
            "issuedAt": testing::NOW,
            "email": {"state": "PENDING", "messageId": invoice.email.message_id, "attempts": 0}
        })
    );
}

#[tokio::test]
async fn the_pdf_is_a_pdf() {
    let routes = routes_with([42]).await;
    let path = format!("/invoices/{}.pdf", testing::invoice(42).id);
    let response = warp::test::request().path(&path).reply(&routes).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/pdf");
    assert!(response.body().starts_with(b"%PDF-1.7"));
}

#[tokio::test]
async fn the_list_goes_on_where_the_last_page_ended() {
    let routes = routes_with(1..=5).await;
    let (mut path, mut numbers) = ("/invoices?limit=2".to_owned(), Vec::new());
    loop {
        let (status, page) = get(&routes, &path).await;
        assert_eq!(status, StatusCode::OK);
        let invoices = page["invoices"].as_array().unwrap();
        numbers.extend(invoices.iter().map(|invoice| invoice["number"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/invoices?limit=2&cursor={next}");
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    let (_, other) = get(&routes, "/invoices?customerId=somebody-else").await;
    assert_eq!(other, json!({"invoices": [], "next": null}));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_in_a_sentence() {
    let routes = routes_with([]).await;
    for (path, status, reason) in [
        ("/invoices/0193b9a5-7f3e-7c11-9d42-000000000042", 404, "UnknownInvoice"),
        ("/invoices/no-uuid.pdf", 404, "UnknownInvoice"),
        ("/invoices/%ff%00", 404, "UnknownInvoice"),
        ("/invoices?limit=0", 400, "InvalidLimit"),
        ("/invoices?cursor=x", 400, "InvalidCursor"),
        ("/", 404, "NotFound"),
        ("/invoices/a/b", 404, "NotFound"),
    ] {
        let (found, body) = get(&routes, path).await;
        let message = body["error"]["message"].as_str().unwrap();
        assert_eq!((found.as_u16(), body["error"]["reason"].as_str().unwrap()), (status, reason), "{path}");
        assert!(message.ends_with('.') && message.len() < 256, "{message}");
    }
    let response = warp::test::request().method("POST").path("/invoices").reply(&routes).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_listed_page_of_another_origin_may_read_an_invoice() {
    let (routes, path) = (routes_with([42]).await, format!("/invoices/{}", testing::invoice(42).id));
    for (origin, is_readable) in [("https://app.example", true), ("https://evil.example", false)] {
        let response = warp::test::request().path(&path).header("origin", origin).reply(&routes).await;
        assert_eq!(response.status(), StatusCode::OK, "{origin}");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), is_readable, "{origin}");
    }
}
