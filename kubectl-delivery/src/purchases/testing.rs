//! Purchases, invoices and a server that answers with them, for the tests of this folder.

use std::sync::{Arc, Mutex};

use delivery_messages::sales::purchase::{Customer, DeliverTo, Item, Language};
use delivery_verify::purchases::{EmailState, EmailView, InvoiceView, PurchaseState, PurchaseView};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::cluster::server::{Kind, Server};

/// A server that answers these requests, each `METHOD /path?query`, with a status and a body, and the requests that came.
pub(crate) async fn serve(
    kind: Kind,
    mut answer: impl FnMut(&str) -> (u16, Value) + Send + 'static,
) -> (Server, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requested = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&requested);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let length = socket.read(&mut request).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let line = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let (status, body) = answer(&line);
            lines.lock().unwrap().push(line);
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = socket.write_all((head + &body).as_bytes()).await;
            // A body that has not been read would become a reset, which can overtake the answer.
            let _ = socket.shutdown().await;
            while socket.read(&mut request).await.is_ok_and(|length| length > 0) {}
        }
    });
    (Server::at(kind, &address, "").unwrap(), requested)
}

/// A purchase as it is just after it was made.
pub(crate) fn purchase(id: &str, customer: &str, route: Option<&str>) -> PurchaseView {
    PurchaseView {
        id: id.into(),
        state: PurchaseState::Pending,
        reason: None,
        customer: Customer {
            id: customer.into(),
            name: "Ana".into(),
            email: format!("{customer}@example.com"),
            language: Language::English,
        },
        items: vec![Item { product: "café".into(), quantity: 2, unit_price_cents: 1_990 }],
        total_cents: 3_980,
        currency: "BRL".into(),
        deliver_to: route.map(|route| DeliverTo { route_id: route.into() }),
        created_at: 1_000,
        approved_at: None,
        published_at: None,
    }
}

/// The same, paid and in Kafka.
pub(crate) fn published(id: &str, customer: &str, route: Option<&str>) -> PurchaseView {
    PurchaseView {
        state: PurchaseState::Approved,
        approved_at: Some(1_250),
        published_at: Some(1_270),
        ..purchase(id, customer, route)
    }
}

/// The invoice of a purchase, its e-mail in this state.
pub(crate) fn invoice(of: &PurchaseView, number: u32, state: EmailState) -> InvoiceView {
    InvoiceView {
        id: of.id.clone(),
        purchase_id: of.id.clone(),
        customer: of.customer.clone(),
        items: of.items.clone(),
        total_cents: of.total_cents,
        currency: of.currency.clone(),
        series: 1,
        number,
        formatted_number: format!("000.000.{number:03}"),
        access_key: "5".repeat(44),
        issued_at: 1_300,
        email: EmailView { state, message_id: "<m@x>".into(), attempts: 1, last_error: None, sent_at: None },
    }
}
