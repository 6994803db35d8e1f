//! Purchases, their invoices, their mails and the news of them, by the one address of the demo: the three services, which meet only in
//! Kafka, and the deliveries that they ask for.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use delivery_e2e::cluster::{Cluster, Restored, phase_of};
use delivery_e2e::gateway::Socket;
use delivery_e2e::group::Group;
use delivery_e2e::log::{Log, Record};
use delivery_e2e::mails::{self, Summary};
use delivery_e2e::shop::{self, order};
use delivery_e2e::{entrance, http, seconds_away, server, unique, within};
use delivery_messages::records::dead_letter::{REASON_HEADER, REQUEST_ID_HEADER};
use delivery_messages::{InvoiceIssued, Plan, Purchase, SendNotification, Topic, decode};
use futures::future::join_all;
use hyper::{Method, StatusCode};
use kube::api::DeleteParams;
use serde_json::{Value, json};
use tokio::sync::RwLock;

const INVOICES: &str = "code-delivery-invoices";
/// As many as `cluster/values.yaml` has.
const REPLICAS: i32 = 2;
/// How many purchases are made while there is no service of invoices.
const MEANWHILE: usize = 100;
/// How many purchases are timed, one after the other, with the service of invoices and without it.
const TIMED: usize = 15;
/// How many times longer an answer may take without it: the service is no part of an answer, but other work of the machine is.
const SLOWER: u32 = 3;
/// An answer that takes no longer has waited for no service that is away, however much slower it was: the machine is busy.
const SOON: Duration = Duration::from_secs(1);

/// The test that stops the service of invoices, and looks at the numbers that it gives, runs alone, as this lock's writer. Those that need
/// the service or make purchases are readers, and wait until their purchases are in the topic.
static INVOICING: RwLock<()> = RwLock::const_new(());

/// An e-mail address that no other test or run has used.
fn address(purpose: &str) -> String {
    format!("{}@example.com", unique(purpose))
}

/// Makes a purchase, with an idempotency key if there is one, and returns the status and the answer.
async fn post(order: &Value, key: Option<&str>) -> (StatusCode, Value) {
    shop::post(order, key).await.unwrap()
}

/// Makes a purchase that must be accepted.
async fn buy(order: &Value) -> Value {
    let (status, purchase) = post(order, None).await;
    assert_eq!(status, StatusCode::CREATED, "{purchase}");
    purchase
}

/// Waits until a purchase is in `compra`.
async fn published(purchase: &Value) -> Value {
    let path = format!("/api/purchases/{}", text(purchase, "id"));
    entrance::until(&path, |purchase| purchase["publishedAt"].is_u64()).await.unwrap()
}

/// Waits for the invoice of a purchase.
async fn invoice(purchase: &Value) -> Value {
    entrance::until(&format!("/api/invoices/{}", text(purchase, "id")), |_| true).await.unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field}: {value}"))
}

/// The events of a purchase.
async fn events(log: &Log, id: &str) -> Vec<Record> {
    let of_this = |record: &Record| {
        let purchase: Option<Purchase> = decode(Topic::Purchase, record.value.as_deref()).ok();
        purchase.is_some_and(|purchase| purchase.purchase_id == id)
    };
    log.all(Topic::Purchase).await.unwrap().into_iter().filter(of_this).collect()
}

/// An error must have a stable reason and a whole sentence.
fn is_a_sentence(error: &Value) {
    let error = &error["error"];
    assert!(!text(error, "reason").is_empty(), "{error}");
    let message = text(error, "message");
    assert!(message.ends_with('.') && message.len() > 20, "a whole sentence: {message}");
}

/// The digit that checks the 43 digits of an access key before it, by the public rule: weights 2 to 9 from the right, modulo 11.
fn check_digit(digits: &str) -> u32 {
    let digits = digits.chars().rev().map(|digit| digit.to_digit(10).unwrap());
    let sum: u32 = digits.zip((2..=9).cycle()).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

#[tokio::test]
async fn one_address_leads_to_the_map_its_stream_and_every_service() {
    let _beside = INVOICING.read().await;
    // A gateway may be ending, because the test of the stream, which runs beside this one, stops them.
    within("the page", async {
        loop {
            let page = entrance::send(Method::GET, "/", &[], Bytes::new()).await;
            if let Ok((StatusCode::OK, page)) = page {
                assert!(String::from_utf8_lossy(&page).contains("<html"), "the page");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    within("the stream", async {
        while greeted().await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
    let has_routes =
        |routes: &Value| routes.as_array().is_some_and(|routes| routes.iter().any(|route| route["id"] == "2"));
    entrance::until("/routes", has_routes).await.unwrap();
    let lists = [
        ("/api/purchases?limit=1", "purchases"),
        ("/api/invoices?limit=1", "invoices"),
        ("/mail/api/v1/messages?limit=1", "messages"),
        ("/api/purchases/groups", "groups"),
    ];
    for (path, field) in lists {
        entrance::until(path, |list| list[field].is_array()).await.unwrap();
    }
    published(&buy(&order(&address("sold"))).await).await;
    let is_sold = |sale: &Value| sale["quantity"].as_u64() >= Some(2) && sale["totalCents"].as_u64() >= Some(3_980);
    let sold = |sales: &Value| {
        let mut products = sales["products"].as_array().into_iter().flatten();
        products.any(|sale| sale["product"] == "café" && is_sold(sale))
    };
    entrance::until("/api/sales", sold).await.unwrap();
    // Only whole segments of a path are a service's.
    within("a path that is nobody's", async {
        while entrance::ask(Method::GET, "/api/purchasesque", None).await?.0 != StatusCode::NOT_FOUND {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// Opens the stream, and has a gateway answer.
async fn greeted() -> anyhow::Result<()> {
    let (mut socket, snapshot) = Socket::open_at(&entrance::address()).await?;
    assert!(snapshot["deliveries"].is_array());
    socket.send_text("still here".to_owned()).await?;
    socket.until("error", |_| true).await.map(drop)
}

#[tokio::test]
async fn a_purchase_becomes_an_event_an_invoice_a_mail_a_delivery_and_news_of_all_of_them() {
    let _beside = INVOICING.read().await;
    let (cluster, log, email) = (Cluster::connect().await.unwrap(), Log::default(), address("whole"));
    let mut order = order(&email);
    order["items"][1]["product"] = json!("<b>cake</b> & more");
    // A long one, which is under way when it is cancelled.
    order["deliverTo"] = json!({"routeId": "1"});
    let purchase = buy(&order).await;
    let (id, customer) = (text(&purchase, "id").to_owned(), text(&purchase["customer"], "id").to_owned());
    assert_eq!((&purchase["totalCents"], &purchase["currency"]), (&json!(4_680), &json!("BRL")));

    let approved = published(&purchase).await;
    assert_eq!(approved["state"], "APPROVED");
    let found = events(&log, &id).await;
    let event: Purchase = decode(Topic::Purchase, found[0].value.as_deref()).unwrap();
    assert_eq!((found[0].key.as_str(), event.customer.id.as_str()), (customer.as_str(), customer.as_str()));
    assert_eq!((event.total_cents, event.customer.email.as_str()), (4_680, email.as_str()));
    assert!(found[0].headers.contains_key("traceparent") && found[0].headers.contains_key("schema-version"));

    let issued = invoice(&purchase).await;
    assert_eq!((&issued["purchaseId"], &issued["totalCents"]), (&json!(id), &json!(4_680)));
    let number = issued["number"].as_u64().unwrap();
    let formatted = format!("{:03}.{:03}.{:03}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    assert_eq!(issued["formattedNumber"], formatted);
    let key = text(&issued, "accessKey");
    assert_eq!(key.len(), 44, "{key}");
    assert_eq!(key[43..], check_digit(&key[..43]).to_string(), "{key}");
    let path = format!("/api/invoices/{id}.pdf");
    let (status, pdf) = entrance::send(Method::GET, &path, &[], Bytes::new()).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 1_000, "{} bytes", pdf.len());

    the_mail_is_right(&email, &id).await;

    let plan = log
        .find(Topic::Plan, "the plan of the purchase's delivery", |record| {
            let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
            (plan.request_id.as_ref() == Some(&id)).then_some(plan)
        })
        .await
        .unwrap();
    assert_eq!((plan.route_id.as_str(), plan.client_id.as_str()), ("1", customer.as_str()));
    let wanted = |found: Option<&delivery_api::Delivery>| {
        found.is_some_and(|found| ["Running", "Finished"].contains(&phase_of(found).as_str()))
    };
    cluster.until("Running", cluster.deliveries(), &plan.name, wanted).await.unwrap();

    the_news_are_right(&customer, &plan).await;
    cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
    told_of(&customer, &plan, "Your delivery was cancelled.").await;
}

/// One mail with the invoice, in which what the customer wrote is text.
async fn the_mail_is_right(email: &str, id: &str) {
    let path = format!("/api/invoices/{id}");
    let sent = entrance::until(&path, |invoice| invoice["email"]["state"] == "SENT").await.unwrap();
    let mails = mails::with_files(email, 1).await.unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(text(&sent["email"], "messageId").trim_matches(['<', '>']), mails[0].message_id);
    let mail = mails::whole(&mails[0]).await.unwrap();
    let file = &mail["Attachments"][0];
    assert_eq!(file["ContentType"], "application/pdf", "{file}");
    let content = mails::file(&mails[0], text(file, "PartID")).await.unwrap();
    assert!(content.starts_with(b"%PDF-"), "{} bytes", content.len());
    let html = text(&mail, "HTML");
    assert!(!html.contains("<b>cake</b>"), "{html}");
}

/// Each step is told once, and the customer can mark it as read.
async fn the_news_are_right(customer: &str, plan: &Plan) {
    let list = format!("/api/notifications/from/{customer}?limit=100");
    let link = format!("/#/delivery/{}/{}", plan.namespace, plan.name);
    let told = |value: &Value| value["notifications"].as_array().cloned().unwrap_or_default();
    // The purchase, the invoice, and the delivery that was accepted.
    let news =
        entrance::until(&list, |value| told(value).len() >= 3 && told(value).iter().any(|news| news["link"] == link));
    let news = told(&news.await.unwrap());
    let mut contents = BTreeMap::<&str, usize>::new();
    for one in &news {
        assert_eq!(one["recipientId"], customer);
        let content = text(one, "content");
        assert!((5..=240).contains(&content.chars().count()), "{content}");
        assert!(one["createdAt"].is_u64() && one["readAt"].is_null() && one["canceledAt"].is_null(), "{one}");
        *contents.entry(content).or_default() += 1;
    }
    assert!(contents.values().all(|count| *count == 1), "each is told once: {contents:?}");

    let id = text(&news[0], "id");
    let (status, read) = entrance::ask(Method::PATCH, &format!("/api/notifications/{id}/read"), None).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{read}");
    let unread = entrance::get(&format!("{list}&unread=true")).await.unwrap();
    assert!(told(&unread).iter().all(|one| one["id"] != id), "{unread}");
    let count = format!("/api/notifications/count/from/{customer}");
    // In this order, because more may come in between.
    let left = entrance::get(&format!("{count}?unread=true")).await.unwrap()["count"].as_u64().unwrap();
    let all = entrance::get(&count).await.unwrap()["count"].as_u64().unwrap();
    assert!(left < all, "{left} of {all}");
}

/// What a customer was told of a delivery, as soon as this is part of it.
async fn told_of(customer: &str, plan: &Plan, content: &str) -> Vec<String> {
    let link = format!("/#/delivery/{}/{}", plan.namespace, plan.name);
    let told = |list: &Value| -> Vec<String> {
        let of_it = list["notifications"].as_array().into_iter().flatten().filter(|one| one["link"] == link.as_str());
        of_it.map(|one| text(one, "content").to_owned()).collect()
    };
    let list = format!("/api/notifications/from/{customer}?limit=100");
    let is_told = |list: &Value| told(list).iter().any(|one| one == content);
    told(&entrance::until(&list, is_told).await.unwrap())
}

#[tokio::test]
async fn a_customer_is_told_of_a_delivery_from_its_acceptance_to_its_arrival_each_once() {
    let _beside = INVOICING.read().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let purchase = buy(&order(&address("told"))).await;
    let customer = text(&purchase["customer"], "id");
    // From now on the customer is known.
    let list = format!("/api/notifications/from/{customer}");
    entrance::until(&list, |list| list["notifications"][0].is_object()).await.unwrap();
    // Slow enough that a state is written in the last tenth of the way: one is every five seconds.
    let request = unique("told");
    let direction = json!({"routeId": "2", "clientId": customer, "requestId": request, "intervalMilliseconds": 2_000});
    log.send(Topic::NewDirection, None, direction.to_string().as_bytes()).await.unwrap();
    let plan = log
        .find(Topic::Plan, "the plan of the customer's request", |record| {
            let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
            (plan.request_id.as_ref() == Some(&request)).then_some(plan)
        })
        .await
        .unwrap();
    told_of(customer, &plan, "Your delivery is on its way.").await;
    let mut told = told_of(customer, &plan, "Your delivery has arrived.").await;
    told.sort_unstable();
    let expected = ["has arrived.", "is nearly there.", "is on its way.", "was accepted and will leave soon."];
    assert_eq!(told, expected.map(|news| format!("Your delivery {news}")));
    cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn the_same_key_is_the_same_purchase_and_another_order_with_it_is_refused() {
    let _beside = INVOICING.read().await;
    let (log, email, key) = (Log::default(), address("twice"), unique("key"));
    let order = order(&email);
    let (status, first) = post(&order, Some(&key)).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let again = join_all((0..5).map(|_| post(&order, Some(&key)))).await;
    for (status, purchase) in again {
        assert!(status.is_success(), "{status}: {purchase}");
        assert_eq!(purchase["id"], first["id"]);
    }
    let mut other = order.clone();
    other["items"][0]["quantity"] = json!(3);
    let (status, error) = post(&other, Some(&key)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{error}");
    is_a_sentence(&error);
    let (status, error) = post(&order, Some(&"k".repeat(129))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{error}");
    is_a_sentence(&error);

    published(&first).await;
    // It follows in the same partition: what the first one left there is before it.
    published(&buy(&order).await).await;
    let id = text(&first, "id");
    assert_eq!(events(&log, id).await.len(), 1, "one event of {id}");
    let customer = text(&first["customer"], "id");
    let list = entrance::get(&format!("/api/purchases?customerId={customer}")).await.unwrap();
    assert_eq!(list["purchases"].as_array().unwrap().len(), 2, "{list}");
    let page = entrance::get(&format!("/api/purchases?customerId={customer}&limit=1")).await.unwrap();
    assert_ne!(page["purchases"][0]["id"], first["id"], "the newest comes first");
    let next = text(&page, "next");
    let page = entrance::get(&format!("/api/purchases?customerId={customer}&limit=1&cursor={next}")).await.unwrap();
    assert_eq!((&page["purchases"][0]["id"], &page["next"]), (&first["id"], &Value::Null));
}

#[tokio::test]
async fn each_bad_order_is_refused_with_a_sentence_and_nothing_of_it_is_stored() {
    let _beside = INVOICING.read().await;
    let email = address("bad");
    let good = order(&email);
    let with = |pointer: &str, value: Value| {
        let mut order = good.clone();
        *order.pointer_mut(pointer).unwrap() = value;
        Bytes::from(order.to_string())
    };
    let item = good["items"][0].clone();
    let huge = json!({"product": "gold", "quantity": 10_000, "unitPriceCents": 1_000_000_000_i64});
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    for (what, body, expected) in [
        ("a negative quantity", with("/items/0/quantity", json!(-1)), unprocessable),
        ("no quantity", with("/items/0/quantity", json!(0)), unprocessable),
        ("cents as a float", with("/items/0/unitPriceCents", json!(19.9)), unprocessable),
        ("a negative price", with("/items/0/unitPriceCents", json!(-5)), unprocessable),
        ("a total that overflows", with("/items", json!(vec![huge; 100])), unprocessable),
        ("no items", with("/items", json!([])), unprocessable),
        ("101 items", with("/items", json!(vec![item.clone(); 101])), unprocessable),
        ("10,000 items", with("/items", json!(vec![item; 10_000])), StatusCode::PAYLOAD_TOO_LARGE),
        (
            "a newline in the address",
            with("/customer/email", json!("ana@example.com\nBcc: x@example.com")),
            unprocessable,
        ),
        ("no address", with("/customer", json!({"name": "Ana"})), unprocessable),
        ("an address that is none", with("/customer/email", json!("ana")), unprocessable),
        ("a name of 300 characters", with("/customer/name", json!("ã".repeat(300))), unprocessable),
        ("an unknown language", with("/customer/language", json!("tlh")), unprocessable),
        ("an array", Bytes::from_static(b"[]"), unprocessable),
        ("no JSON", Bytes::from_static(b"customer=Ana"), StatusCode::BAD_REQUEST),
        ("nothing", Bytes::new(), StatusCode::BAD_REQUEST),
        ("2 MB", Bytes::from(vec![b' '; 2_000_000]), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let headers = [("content-type", "application/json")];
        let (status, answer) = entrance::send(Method::POST, "/api/purchases", &headers, body).await.unwrap();
        let answer = http::json_of(&answer);
        assert_eq!(status, expected, "{what}: {answer}");
        is_a_sentence(&answer);
    }
    for path in
        ["/api/purchases/00000000-0000-8000-8000-000000000000", "/api/invoices/00000000-0000-8000-8000-000000000000"]
    {
        let (status, error) = entrance::ask(Method::GET, path, None).await.unwrap();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        is_a_sentence(&error);
    }
    for path in
        ["/api/purchases/no-uuid", "/api/invoices/no-uuid", "/api/notifications/from/no-uuid", "/api/purchases?limit=0"]
    {
        let (status, error) = entrance::ask(Method::GET, path, None).await.unwrap();
        assert!(status.is_client_error(), "{path}: {status}");
        is_a_sentence(&error);
    }

    let mut accepted = good.clone();
    accepted["customer"]["name"] = json!("Ana 🚚 Souza");
    let purchase = published(&buy(&accepted).await).await;
    let customer = text(&purchase["customer"], "id");
    let list = entrance::get(&format!("/api/purchases?customerId={customer}")).await.unwrap();
    assert_eq!(list["purchases"].as_array().unwrap().len(), 1, "only the good one is stored: {list}");
}

#[tokio::test]
async fn another_consumer_counts_what_was_sold_of_each_product_once() {
    let _beside = INVOICING.read().await;
    let (product, mut order) = (unique("product"), order(&address("counted")));
    order["items"] = json!([{"product": product, "quantity": 2, "unitPriceCents": 1_990}]);
    for _ in 0..3 {
        published(&buy(&order).await).await;
    }
    let of_this = |sales: &Value| {
        let mut products = sales["products"].as_array().unwrap().iter();
        products.find(|sale| sale["product"] == product.as_str()).cloned().unwrap_or_default()
    };
    let sales = entrance::until("/api/sales", |sales| of_this(sales)["quantity"].as_u64() >= Some(6)).await.unwrap();
    assert_eq!(of_this(&sales), json!({"product": product, "quantity": 6, "totalCents": 11_940}));
}

#[tokio::test]
async fn a_payment_that_is_refused_is_a_failed_purchase_without_an_event() {
    let _beside = INVOICING.read().await;
    let log = Log::default();
    // As in cluster/values.yaml.
    let email = format!("{}@refused.example.com", unique("poor"));
    let purchase = buy(&order(&email)).await;
    let id = text(&purchase, "id");
    let path = format!("/api/purchases/{id}");
    let failed = entrance::until(&path, |purchase| purchase["state"] != "PENDING").await.unwrap();
    assert_eq!(failed["state"], "FAILED");
    assert!(!text(&failed, "reason").is_empty() && failed["approvedAt"].is_null(), "{failed}");
    // What is approved afterwards is published afterwards.
    published(&buy(&order(&address("rich"))).await).await;
    assert!(events(&log, id).await.is_empty());
    let (status, _) = entrance::ask(Method::GET, &format!("/api/invoices/{id}"), None).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_of_another_origin_neither_buys_nor_notifies_and_the_own_page_does() {
    let _beside = INVOICING.read().await;
    let order = Bytes::from(order(&address("foreign")).to_string());
    let own = format!("http://{}", entrance::address());
    for (path, origin, status) in [
        ("/api/purchases", "https://evil.example", StatusCode::FORBIDDEN),
        ("/api/notifications", "https://evil.example", StatusCode::FORBIDDEN),
        ("/api/purchases", own.as_str(), StatusCode::CREATED),
    ] {
        // What a browser sends without asking first.
        let headers = [("content-type", "text/plain"), ("origin", origin)];
        let (answered, body) = entrance::send(Method::POST, path, &headers, order.clone()).await.unwrap();
        assert_eq!(answered, status, "{path} {origin}");
        if status == StatusCode::FORBIDDEN {
            let problem = http::json_of(&body);
            is_a_sentence(&problem);
            assert_eq!(problem["error"]["reason"], "OriginNotAllowed", "{problem}");
        } else {
            published(&http::json_of(&body)).await;
        }
    }
}

#[tokio::test]
async fn a_purchase_for_an_unknown_route_is_invoiced_and_its_delivery_is_refused_with_the_reason() {
    let _beside = INVOICING.read().await;
    let (log, mut order) = (Log::default(), order(&address("lost")));
    order["deliverTo"] = json!({"routeId": "no-such-route"});
    let purchase = buy(&order).await;
    let id = text(&purchase, "id");
    let refused = log
        .find(Topic::DeadLetters, "the refused request for a delivery", |record| {
            (record.headers.get(REQUEST_ID_HEADER).map(String::as_str) == Some(id)).then(|| record.clone())
        })
        .await
        .unwrap();
    assert_eq!(refused.headers[REASON_HEADER], "UnknownRoute", "{:?}", refused.headers);
    assert_eq!(invoice(&purchase).await["totalCents"], purchase["totalCents"]);
    // Nobody waits for it in vain.
    let told = format!("/api/notifications/from/{}", text(&purchase["customer"], "id"));
    let is_told = |list: &Value| {
        let all = list["notifications"].as_array().unwrap();
        all.iter().any(|one| text(one, "content").contains("could not be dispatched"))
    };
    entrance::until(&told, is_told).await.unwrap();
}

#[tokio::test]
async fn a_poisoned_event_is_a_dead_letter_and_what_is_behind_it_goes_on() {
    let _beside = INVOICING.read().await;
    let (log, email) = (Log::default(), address("poisoned"));
    let before = buy(&order(&email)).await;
    let customer = text(&before["customer"], "id");
    published(&before).await;
    let found = events(&log, text(&before, "id")).await;
    let mut wrong: Purchase = decode(Topic::Purchase, found[0].value.as_deref()).unwrap();
    "00000000-0000-8000-8000-000000000001".clone_into(&mut wrong.purchase_id);
    wrong.total_cents += 1;
    for (poison, reason) in [
        (b"no json at all".to_vec(), "MalformedRecord"),
        (br#"{"purchaseId": 1}"#.to_vec(), "MalformedRecord"),
        (serde_json::to_vec(&wrong).unwrap(), "InvalidField"),
    ] {
        let place = log.send(Topic::Purchase, Some(customer), &poison).await.unwrap();
        let letter = log.dead_letter(Topic::Purchase, place).await.unwrap();
        assert_eq!(letter.headers[REASON_HEADER], reason, "{:?}", letter.headers);
        assert_eq!(letter.value.unwrap(), poison);
    }
    // It follows in the same partition.
    let after = buy(&order(&email)).await;
    let issued = invoice(&after).await;
    assert_eq!(issued["purchaseId"], after["id"]);
    invoice(&before).await;
    let list = entrance::get(&format!("/api/invoices?customerId={customer}")).await.unwrap();
    assert_eq!(list["invoices"].as_array().unwrap().len(), 2, "{list}");
}

#[tokio::test]
async fn invoices_that_were_away_catch_up_without_a_gap_and_without_doubles() {
    let _alone = INVOICING.write().await;
    let _restored = Restored::new("deployment/code-delivery-invoices", None, REPLICAS);
    let (cluster, log, email) = (Cluster::connect().await.unwrap(), Log::default(), address("meanwhile"));
    let order = order(&email);
    // Their last ones before, so that all numbers of this test are one after the other.
    let group = Group::open(&log, INVOICES, Topic::Purchase).await.unwrap();
    let (before, with) = timed(&self::order(&address("before"))).await;
    for purchase in &before {
        published(purchase).await;
    }
    group.caught_up().await.unwrap();
    cluster.scale(INVOICES, 0).await.unwrap();
    group_until(|members, _| members == 0).await;
    let (mut purchases, without) = timed(&order).await;
    assert!(
        without <= (with * SLOWER).max(SOON),
        "an answer takes {without:?} without invoices, and {with:?} with them"
    );
    for purchase in &purchases {
        published(purchase).await;
    }
    // Everything else of this customer is behind it.
    log.send(Topic::Purchase, Some(text(&purchases[0]["customer"], "id")), b"poison").await.unwrap();
    purchases.extend(join_all((TIMED..MEANWHILE).map(|_| buy(&order))).await);
    for purchase in &purchases {
        published(purchase).await;
    }
    let (status, error) = entrance::ask(Method::GET, "/api/invoices", None).await.unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{error}");
    is_a_sentence(&error);
    // What waits is seen where it waits.
    let waiting = u64::try_from(MEANWHILE).unwrap();
    group_until(|members, lag| members == 0 && lag >= waiting).await;

    cluster.scale(INVOICES, REPLICAS).await.unwrap();
    let mails = mails::with_files(&email, MEANWHILE).await.unwrap();
    assert_one_mail_each(&mails, &purchases);
    group_until(|members, lag| members > 0 && lag < waiting).await;
    let numbers = numbers_of(&log, &purchases).await;
    let (first, last) = (numbers[0], numbers[MEANWHILE - 1]);
    assert_eq!(usize::try_from(last - first).unwrap() + 1, MEANWHILE, "without a gap: {numbers:?}");

    // Everything is read again.
    cluster.scale(INVOICES, 0).await.unwrap();
    group.rewind().await.unwrap();
    cluster.scale(INVOICES, REPLICAS).await.unwrap();
    group.caught_up().await.unwrap();
    let another = buy(&order).await;
    let issued = invoice(&another).await;
    assert!(issued["number"].as_u64().unwrap() > u64::from(last), "{issued}");
    let mails = mails::with_files(&email, MEANWHILE + 1).await.unwrap();
    let mut all = purchases.clone();
    all.push(another);
    assert_one_mail_each(&mails, &all);
    assert_eq!(numbers_of(&log, &purchases).await, numbers, "the same numbers");
}

/// Waits until the group of the invoices, as the service of purchases shows it, has such members and such a lag.
async fn group_until(wanted: impl Fn(u64, u64) -> bool) {
    let is_wanted = |shown: &Value| {
        let mut groups = shown["groups"].as_array().unwrap().iter();
        let found = groups.find(|group| group["group"] == INVOICES);
        found.is_some_and(|group| wanted(group["members"].as_u64().unwrap(), group["lag"].as_u64().unwrap()))
    };
    entrance::until("/api/purchases/groups", is_wanted).await.unwrap();
}

/// Makes purchases one after the other; they, and the median time of an answer.
async fn timed(order: &Value) -> (Vec<Value>, Duration) {
    let (mut purchases, mut times) = (Vec::new(), Vec::new());
    for _ in 0..TIMED {
        let begun = Instant::now();
        purchases.push(buy(order).await);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    (purchases, times[TIMED / 2])
}

fn assert_one_mail_each(mails: &[Summary], purchases: &[Value]) {
    let mut ids: Vec<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((mails.len(), ids.len()), (purchases.len(), purchases.len()), "{mails:?}");
}

/// The numbers of the invoices of these purchases, in order. Each purchase has one, and no other purchase has it.
async fn numbers_of(log: &Log, purchases: &[Value]) -> Vec<u32> {
    let mut numbers = within("the invoices in the log", async {
        loop {
            let mut owners = BTreeMap::<(u32, u32), String>::new();
            let mut numbers = BTreeMap::<String, u32>::new();
            for record in log.all(Topic::InvoiceIssued).await? {
                let issued: InvoiceIssued = decode(Topic::InvoiceIssued, record.value.as_deref())?;
                let owner = owners.entry((issued.series, issued.number)).or_insert_with(|| issued.purchase_id.clone());
                assert_eq!(*owner, issued.purchase_id, "two purchases have the number {}", issued.number);
                let number = *numbers.entry(issued.purchase_id.clone()).or_insert(issued.number);
                assert_eq!(number, issued.number, "{} has two numbers", issued.purchase_id);
            }
            let found: Vec<u32> =
                purchases.iter().filter_map(|purchase| numbers.get(text(purchase, "id")).copied()).collect();
            if found.len() == purchases.len() {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn mails_that_the_server_could_not_take_arrive_afterwards_once() {
    let _alone = INVOICING.write().await;
    let _restored = Restored::new("statefulset/mailpit", Some(server::NAMESPACE), 1);
    let (cluster, order) = (Cluster::connect().await.unwrap(), order(&address("patient")));
    let (email, away) = (text(&order["customer"], "email"), seconds_away("MAIL_AWAY_SECONDS").unwrap());
    server::scale(&cluster, "mailpit", 0).await.unwrap();
    let gone = tokio::time::Instant::now();
    let purchases = join_all((0..5).map(|_| buy(&order))).await;
    for purchase in &purchases {
        let path = format!("/api/invoices/{}", text(purchase, "id"));
        let tried = |invoice: &Value| invoice["email"]["attempts"].as_u64() > Some(0);
        let issued = entrance::until(&path, tried).await.unwrap();
        assert_ne!(issued["email"]["state"], "SENT", "{issued}");
    }
    tokio::time::sleep_until(gone + Duration::from_secs(away.into())).await;
    server::scale(&cluster, "mailpit", 1).await.unwrap();
    let mails = mails::with_files(email, purchases.len()).await.unwrap();
    assert_one_mail_each(&mails, &purchases);
    for purchase in &purchases {
        let path = format!("/api/invoices/{}", text(purchase, "id"));
        entrance::until(&path, |invoice| invoice["email"]["state"] == "SENT").await.unwrap();
    }
}

#[tokio::test]
async fn an_address_that_the_mail_server_refuses_for_good_is_noted_and_holds_up_no_other() {
    let _alone = INVOICING.write().await;
    let (refused, taken) = (order(&address("nobody")), order(&address("somebody")));
    mails::refuse(Some(550)).await.unwrap();
    let purchase = buy(&refused).await;
    let path = format!("/api/invoices/{}", text(&purchase, "id"));
    let bounced = entrance::until(&path, |invoice| invoice["email"]["state"] == "BOUNCED").await;
    // Whatever came of it, the mail server takes mails again.
    mails::refuse(None).await.unwrap();
    let bounced = bounced.unwrap();
    assert!(text(&bounced["email"], "lastError").contains("550"), "{bounced}");
    let purchase = buy(&taken).await;
    mails::with_files(text(&taken["customer"], "email"), 1).await.unwrap();
    // The server has a mail a moment before the service notes that.
    let path = format!("/api/invoices/{}", text(&purchase, "id"));
    let sent = entrance::until(&path, |invoice| invoice["email"]["state"] == "SENT").await.unwrap();
    assert_eq!(sent["email"]["attempts"], 1, "{sent}");
    assert!(mails::to(text(&refused["customer"], "email")).await.unwrap().iter().all(|mail| mail.attachments == 0));
}

#[tokio::test]
async fn notifications_are_read_unread_and_cancelled_and_a_repeated_one_is_the_same() {
    let recipient = "11111111-2222-4333-8444-";
    let recipient = format!("{recipient}{:012x}", jiff::Timestamp::now().as_millisecond());
    let notice = json!({"recipientId": recipient, "content": "é 🚚 ok", "category": "test"});
    let key = unique("notice");
    let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
    let send = async |body: &Value| {
        let body = Bytes::from(body.to_string());
        let (status, answer) = entrance::send(Method::POST, "/api/notifications", &headers, body).await.unwrap();
        (status, http::json_of(&answer))
    };
    let (status, first) = send(&notice).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let id = text(&first["notification"], "id").to_owned();
    let (status, again) = send(&notice).await;
    assert!(status.is_success() && again["notification"]["id"] == id, "{status}: {again}");
    let act = async |action: &str| {
        entrance::ask(Method::PATCH, &format!("/api/notifications/{id}/{action}"), None).await.unwrap()
    };
    let seen = async || {
        let list = entrance::get(&format!("/api/notifications/from/{recipient}")).await.unwrap();
        list["notifications"][0].clone()
    };
    assert_eq!(act("read").await.0, StatusCode::OK);
    let read = seen().await;
    assert!(read["readAt"].is_u64(), "{read}");
    assert_eq!(act("read").await.0, StatusCode::OK);
    assert_eq!(seen().await["readAt"], read["readAt"], "the first time counts");
    assert_eq!(act("unread").await.0, StatusCode::OK);
    assert!(seen().await["readAt"].is_null());
    assert_eq!(act("cancel").await.0, StatusCode::OK);
    let cancelled = seen().await;
    assert_eq!(act("cancel").await.0, StatusCode::OK, "cancelling twice is cancelling once");
    assert_eq!(seen().await["canceledAt"], cancelled["canceledAt"]);
    let (status, error) = act("read").await;
    assert_eq!(status, StatusCode::CONFLICT, "{error}");
    is_a_sentence(&error);
    let left = entrance::get(&format!("/api/notifications/from/{recipient}?cancelled=false")).await.unwrap();
    assert_eq!(left["notifications"], json!([]));
    let count = entrance::get(&format!("/api/notifications/count/from/{recipient}?cancelled=true")).await.unwrap();
    assert_eq!(count["count"], 1);

    let unknown = "/api/notifications/00000000-0000-8000-8000-000000000000/cancel";
    let (status, error) = entrance::ask(Method::PATCH, unknown, None).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND, "{error}");
    is_a_sentence(&error);
    for content in ["four".to_owned(), "🚚".repeat(241)] {
        let body = json!({"recipientId": recipient, "content": content, "category": "test"});
        let (status, error) = entrance::ask(Method::POST, "/api/notifications", Some(&body)).await.unwrap();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{error}");
        is_a_sentence(&error);
    }
}

#[tokio::test]
async fn whoever_listens_for_a_recipient_is_told_of_each_change_of_its_notifications() {
    let mut told = told_of_changes().await;
    // A gateway may have ended, because the test of the stream, which runs beside this one, stops them.
    for _ in 0..3 {
        if told.is_ok() {
            break;
        }
        told = told_of_changes().await;
    }
    told.unwrap();
}

/// Changes a notification, and fails if its connection ends before it was told of all changes.
async fn told_of_changes() -> anyhow::Result<()> {
    let recipient = format!("11111111-2222-4333-a444-{:012x}", jiff::Timestamp::now().as_millisecond());
    let (mut socket, _) = Socket::open_at(&entrance::address()).await?;
    let recipients = json!({"recipientIds": [recipient]});
    socket.send("notifications", &recipients).await?;
    assert_eq!(socket.until("notifications", |_| true).await?, recipients);
    let notice = json!({"recipientId": recipient, "content": "On its way.", "category": "test"});
    let (status, answer) = entrance::ask(Method::POST, "/api/notifications", Some(&notice)).await?;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let id = text(&answer["notification"], "id");
    let new = socket.until("notification", |change| change["id"] == id).await?;
    assert_eq!((&new["recipientId"], &new["unread"]), (&json!(recipient), &json!(true)));
    for (action, unread) in [("read", false), ("unread", true), ("cancel", false)] {
        let path = format!("/api/notifications/{id}/{action}");
        assert_eq!(entrance::ask(Method::PATCH, &path, None).await?.0, StatusCode::OK, "{action}");
        let told = socket.until("notification", |change| change["id"] == id && change["unread"] == unread);
        assert!(told.await?["version"].as_u64() > new["version"].as_u64(), "{action}");
    }
    Ok(())
}

#[tokio::test]
async fn notifications_from_the_topic_arrive_and_a_bad_one_is_a_dead_letter() {
    let log = Log::default();
    let recipient = format!("11111111-2222-4333-9444-{:012x}", jiff::Timestamp::now().as_millisecond());
    let mut notice = SendNotification {
        recipient_id: recipient.clone(),
        content: "four".to_owned(),
        category: "test".to_owned(),
        notification_id: None,
        link: None,
    };
    let bad = serde_json::to_vec(&notice).unwrap();
    for poison in [b"no json".to_vec(), bad] {
        let place = log.send(Topic::SendNotification, Some(&recipient), &poison).await.unwrap();
        let letter = log.dead_letter(Topic::SendNotification, place).await.unwrap();
        assert!(!letter.headers[REASON_HEADER].is_empty(), "{:?}", letter.headers);
    }
    notice.content = "🚚".repeat(240);
    log.send(Topic::SendNotification, Some(&recipient), &serde_json::to_vec(&notice).unwrap()).await.unwrap();
    let path = format!("/api/notifications/from/{recipient}");
    let list = entrance::until(&path, |list| list["notifications"][0]["content"] == notice.content).await.unwrap();
    assert_eq!(list["notifications"].as_array().unwrap().len(), 1, "{list}");
}
