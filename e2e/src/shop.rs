//! Buys, as any customer does: orders, and the request that makes a purchase of one.

use anyhow::{Result, bail};
use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::Connections;
use crate::{entrance, http};

/// An order of two coffees and a cake, 46.80 in all, by the customer with this e-mail address.
#[must_use]
pub fn order(email: &str) -> Value {
    json!({
        "customer": {"name": "Ana Souza", "email": email, "language": "en"},
        "items": [
            {"product": "café", "quantity": 2, "unitPriceCents": 1_990},
            {"product": "cake", "quantity": 1, "unitPriceCents": 700},
        ],
    })
}

/// Sends an order to the entrance, with an idempotency key if there is one; the status, and the purchase or what is wrong.
///
/// # Errors
/// When there is no answer.
pub async fn post(order: &Value, key: Option<&str>) -> Result<(StatusCode, Value)> {
    let (status, answer) =
        entrance::send(Method::POST, "/api/purchases", &headers(key), Bytes::from(order.to_string())).await?;
    Ok((status, http::json_of(&answer)))
}

/// The same over connections that stay open, to the service at this address.
///
/// # Errors
/// When it is not taken, or there is no answer.
pub async fn post_to(connections: &Connections, service: &str, order: &Value, key: &str) -> Result<Value> {
    let (url, body) = (format!("{service}/purchases"), Bytes::from(order.to_string()));
    let (status, answer) = connections.send(Method::POST, &url, &headers(Some(key)), body).await?;
    if !status.is_success() {
        bail!("the order {key} is answered with {status}: {}", http::json_of(&answer));
    }
    Ok(http::json_of(&answer))
}

fn headers(key: Option<&str>) -> Vec<(&'static str, &str)> {
    let key = key.map(|key| ("idempotency-key", key));
    [Some(("content-type", "application/json")), key].into_iter().flatten().collect()
}
