//! The handlers of `/purchases`.

use std::sync::Arc;
use std::time::Duration;

use delivery_http_server::{ApiResult, Entrance, Problem, body};
use delivery_messages::{TRACEPARENT_HEADER, TraceParent};
use futures::Stream;
use serde::Serialize;
use tokio::time::timeout;
use uuid::Uuid;
use warp::Buf;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;

use super::view::{GroupsView, Page, PurchaseView};
use crate::domain::key::IdempotencyKey;
use crate::domain::order::Order;
use crate::domain::purchase::Purchase;
use crate::groups::Readers;
use crate::metrics::Metrics;
use crate::spans;
use crate::store::listing::{ListingQuery, Parameters, page, uuid};
use crate::store::recorder::{RecordError, Recorder};
use crate::store::{Insertion, Store};

/// The header with the idempotency key.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// How long storing a purchase may take.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What all requests share.
pub(crate) struct Shop<S> {
    pub store: Arc<S>,
    pub recorder: Recorder,
    pub readers: Readers,
    pub metrics: Metrics,
    /// The maximum size of a body, bytes.
    pub body_bytes: usize,
    /// Who may use it, and how often.
    pub entrance: Entrance,
}

/// `POST /purchases`.
///
/// # Errors
/// 400 and 422 for a body that is no purchase, 413 for one that is too large, 422 for the key of another purchase, 503 when the store does not
/// confirm it.
pub(crate) async fn buy<S: Store, B: Buf>(
    shop: &Shop<S>,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> ApiResult {
    let (purchase, status) =
        taken(shop, headers, body).await.inspect_err(|problem| shop.metrics.refused(problem.reason))?;
    json_of(status, &PurchaseView::from(&purchase))
}

/// The purchase of a request, and whether it is new: 201 or 200.
async fn taken<S: Store, B: Buf>(
    shop: &Shop<S>,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<(Purchase, StatusCode), Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| IdempotencyKey::read(key.as_bytes())).transpose()?;
    let body = body::whole(body, shop.body_bytes).await?;
    let order = Order::read(&body)?;
    let id = key.as_ref().map_or_else(|| Uuid::new_v4().to_string(), IdempotencyKey::purchase_id);
    let given = headers.get(TRACEPARENT_HEADER).and_then(|trace| trace.to_str().ok()?.parse().ok());
    let trace = given.unwrap_or_else(|| TraceParent::derived(&id));
    let purchase = Purchase::new(id, order, trace.to_string(), jiff::Timestamp::now().as_millisecond());
    let too_slow = |_| RecordError::Store(format!("MongoDB has not confirmed it within {} s.", TIME_LIMIT.as_secs()));
    match timeout(TIME_LIMIT, shop.recorder.record(purchase.clone())).await.map_err(too_slow)?? {
        Insertion::Stored => {
            shop.metrics.taken();
            spans::taken(&purchase);
            Ok((purchase, StatusCode::CREATED))
        }
        Insertion::Known => {
            let stored = shop.store.find(&purchase.id).await?;
            let same = stored.filter(|stored| stored.fingerprint == purchase.fingerprint);
            let same = same.ok_or_else(|| {
                Problem::invalid(
                    "IdempotencyKeyReused",
                    "There is another purchase with this Idempotency-Key. Send another key for another purchase.",
                )
            })?;
            shop.metrics.repeated();
            Ok((same, StatusCode::OK))
        }
    }
}

/// `GET /purchases/:id`.
///
/// # Errors
/// 422 for what is no id, 404 for an unknown purchase, 503 when the store does not answer.
pub(crate) async fn one<S: Store>(shop: &Shop<S>, id: &str) -> ApiResult {
    let id = uuid(id).ok_or_else(|| {
        Problem::invalid("InvalidPurchaseId", "The id of a purchase is a UUID, such as POST /purchases returns it.")
    })?;
    let purchase = shop.store.find(&id).await?.ok_or_else(|| {
        Problem::not_found(
            "UnknownPurchase",
            format!("There is no purchase {id}. GET /purchases lists the existing ones."),
        )
    })?;
    json_of(StatusCode::OK, &PurchaseView::from(&purchase))
}

/// `GET /purchases`.
///
/// # Errors
/// 422 for an invalid parameter, 503 when the store does not answer, or too many lists are made or read.
pub(crate) async fn list<S: Store>(shop: &Shop<S>, parameters: &Parameters) -> ApiResult {
    let query = ListingQuery::read(parameters)?;
    let _turn = shop.entrance.turn().await?;
    let (purchases, next) = page(&query, shop.store.list(&query).await?);
    let purchases = purchases.iter().map(PurchaseView::from).collect();
    shop.entrance.list(&Page { purchases, next: next.map(|next| next.to_string()) })
}

/// `GET /purchases/groups`.
///
/// # Errors
/// 503 when Kafka does not answer.
pub(crate) async fn groups<S: Store>(shop: &Shop<S>) -> ApiResult {
    let groups = shop.readers.look().await.map_err(|error| {
        tracing::debug!(%error, "Cannot see who reads the topic of purchases.");
        Problem::unavailable(
            "KafkaUnavailable",
            "Kafka does not say who reads the purchases. Try again in a few seconds; if it lasts, check the permissions to describe groups.",
        )
    })?;
    json_of(StatusCode::OK, &GroupsView::new(&shop.readers.topic, &groups))
}

/// A value as JSON.
fn json_of<T: Serialize>(status: StatusCode, value: &T) -> ApiResult {
    let text = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "An answer cannot be encoded as JSON.");
        Problem::unavailable("Internal", "The answer cannot be encoded as JSON. Report this as a bug.")
    })?;
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
