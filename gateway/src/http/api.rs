//! The handlers of `/routes` and `/deliveries`.

use std::time::Instant;

use delivery_http_server::{ApiResult, PeerAddress, Problem, body};
use delivery_messages::{NewDirection, TRACEPARENT_HEADER};
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use warp::Buf;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use super::answer::json_of;
use super::upgrade::{check_origin, starting};
use crate::delivery_store::client::{Availability, StoreError};
use crate::delivery_store::listing::{InvalidListing, ListingQuery, Parameters, page};
use crate::gateway::budgets::{Budget, OverBudget};
use crate::gateway::sender::trace_parent;
use crate::gateway::shared::{Gateway, new_id};
use crate::model::delivery::Delivery;
use crate::model::record::RecordOffset;
use crate::protocol::view::{DeliveryDetails, DeliveryView, RouteView};

/// `GET /routes`.
///
/// # Errors
/// 503 before the first snapshot is complete.
pub(crate) fn routes(gateway: &Gateway) -> ApiResult {
    let catalogue = std::sync::Arc::clone(ready(gateway)?.live.published().catalogue());
    json_of(gateway, &catalogue.routes().map(|route| RouteView::listed(route)).collect::<Vec<_>>())
}

/// `GET /routes/:id`.
///
/// # Errors
/// 404 for an unknown route.
pub(crate) fn route(gateway: &Gateway, id: &str) -> ApiResult {
    let route = ready(gateway)?.live.published().catalogue().route(id).cloned();
    let route = route.ok_or_else(|| unknown_route(id))?;
    json_of(gateway, &RouteView::whole(&route))
}

/// The body of `POST /routes/:id/start`; every field is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    request_id: Option<String>,
    courier: Option<String>,
    vehicle: Option<String>,
    speed_kmh: Option<u32>,
    interval_milliseconds: Option<u32>,
}

/// `POST /routes/:id/start`.
///
/// # Errors
/// 400 for an invalid body and for what no delivery can have, 403 for a page of a foreign origin, 404 for an unknown route, 429 for too many of one address, 503
/// when Kafka does not acknowledge the request.
pub(crate) async fn start<B: Buf>(
    gateway: &Gateway,
    id: &str,
    headers: &HeaderMap,
    address: PeerAddress,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> ApiResult {
    check_origin(gateway, headers)?;
    if let Err(over) = gateway.budgets.take(Budget::Starts, address, Instant::now()) {
        gateway.metrics.request("start", OverBudget::REASON);
        return Err(over.into());
    }
    let body = body::whole(body, gateway.limits.body_bytes).await?;
    let request = read_start(id, gateway.pseudonyms.of(address), &body)?;
    let request_id = request.request_id.clone().unwrap_or_default();
    if let Err(rejection) = ready(gateway)?.check_start(&gateway.scope, id, &request_id) {
        if gateway.scope.may_request {
            gateway.metrics.request("start", "UnknownRoute");
            return Err(unknown_route(id));
        }
        gateway.metrics.request("start", "NotAllowed");
        return Err(Problem::new(StatusCode::FORBIDDEN, "NotAllowed", rejection.message));
    }
    let trace = headers.get(TRACEPARENT_HEADER).and_then(|trace| trace.to_str().ok()).and_then(trace_parent);
    let sent = gateway.requests.start(&request, trace).await;
    sent.map_err(|error| Problem::unavailable(error.reason(), error.to_string()))?;
    let accepted = warp::reply::json(&json!({"requestId": request_id}));
    Ok(warp::reply::with_status(accepted, StatusCode::ACCEPTED).into_response())
}

/// The start request of a body, with an id.
fn read_start(route_id: &str, client_id: String, body: &[u8]) -> Result<NewDirection, Problem> {
    let start: Start = if body.iter().all(u8::is_ascii_whitespace) {
        Start::default()
    } else {
        let invalid =
            |error| Problem::bad_request("InvalidBody", format!("The body is not a valid start request: {error}."));
        delivery_messages::object(body).map_err(invalid)?
    };
    let request = NewDirection {
        route_id: route_id.to_owned(),
        client_id,
        request_id: Some(start.request_id.unwrap_or_else(new_id)),
        courier: start.courier,
        vehicle: start.vehicle,
        speed_kmh: start.speed_kmh,
        interval_milliseconds: start.interval_milliseconds,
        seed: None,
    };
    let invalid = |error: String| Problem::bad_request("InvalidBody", error);
    let bytes = delivery_messages::encode(&request).map_err(|error| invalid(error.to_string()))?;
    let request = NewDirection::decode(Some(&bytes)).map_err(|error| invalid(error.to_string()))?;
    request.check().map_err(|error| Problem::bad_request("InvalidRequest", error.to_string()))?;
    Ok(request)
}

/// A page of deliveries.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listing<'a> {
    deliveries: Vec<DeliveryView<'a>>,
    delivery_store: Availability,
    /// The value of `before` for the next page; null on the last.
    next: Option<String>,
}

/// `GET /deliveries`.
///
/// # Errors
/// 400 for an invalid parameter, 429 for too many queries of one address. The answer's `deliveryStore` says whether the delivery store
/// could be queried.
pub(crate) async fn deliveries(gateway: &Gateway, parameters: &Parameters, address: PeerAddress) -> ApiResult {
    let query = ListingQuery::read(parameters)?;
    let scope = &gateway.scope;
    // Copied for each use: a request that waits for the delivery store must not hold a copy of everything.
    let memory = || -> Vec<Delivery> {
        let published = gateway.live.published();
        let shown = published.deliveries().map(|shown| &shown.delivery);
        shown.filter(|delivery| scope.shows(&delivery.about)).cloned().collect()
    };
    ready(gateway)?;
    // Memory fills the page first; the delivery store is queried only for the rest.
    let running = {
        let (held, _) = page(&ListingQuery { limit: query.limit + 1, ..query.clone() }, memory(), Vec::new());
        held.iter().filter(|delivery| !delivery.phase.is_final()).count()
    };
    let (past, state) = match &gateway.delivery_store {
        None => (Vec::new(), Availability::Off),
        Some(store) if !query.wants_past(running) => (Vec::new(), store.state()),
        Some(store) => {
            gateway.budgets.take(Budget::History, address, Instant::now())?;
            match store.past(&query).await {
                Ok(past) => (past, Availability::Available),
                Err(_) => (Vec::new(), Availability::Unavailable),
            }
        }
    };
    let titled = past
        .into_iter()
        .filter(|delivery| scope.shows(&delivery.about))
        .map(|delivery| with_title(gateway, delivery))
        .collect();
    let (page, next) = page(&query, memory(), titled);
    let deliveries: Vec<_> = page.iter().map(DeliveryView::from).collect();
    json_of(gateway, &Listing { deliveries, delivery_store: state, next: next.map(|next| next.to_string()) })
}

/// `GET /deliveries/:id`.
///
/// # Errors
/// 404 for an unknown delivery; 503 when only the delivery store could know it and MongoDB does not respond.
pub(crate) async fn delivery(gateway: &Gateway, id: &str) -> ApiResult {
    let Found { delivery, record } = find(gateway, id).await?;
    json_of(gateway, &DeliveryDetails::new(&delivery, record))
}

/// `GET /deliveries/:id/route`: the route revision that the delivery was started with.
///
/// # Errors
/// As [`delivery`].
pub(crate) async fn driven_route(gateway: &Gateway, id: &str) -> ApiResult {
    let Found { delivery, .. } = find(gateway, id).await?;
    let key = &delivery.about.route;
    let known = gateway.live.published().catalogue().revision(key).cloned();
    if let Some(route) = known {
        return json_of(gateway, &RouteView::whole(&route));
    }
    let gone =
        || Problem::not_found("UnknownRoute", format!("The route {key:?} of the delivery {id:?} is no longer stored."));
    let Some(store) = &gateway.delivery_store else { return Err(gone()) };
    let route = store.route(key).await.map_err(unavailable)?.ok_or_else(gone)?;
    json_of(gateway, &RouteView::whole(&route))
}

/// A delivery that a client may see.
pub(super) struct Found {
    pub(super) delivery: Delivery,
    /// The record of its newest position; none if that was not read from the log.
    record: Option<RecordOffset>,
}

/// The delivery of this id, under way or past.
///
/// # Errors
/// As [`delivery`].
pub(super) async fn find(gateway: &Gateway, id: &str) -> Result<Found, Problem> {
    let current = ready(gateway)?.live.published().delivery(id).cloned();
    let is_visible = |delivery: &Delivery| gateway.scope.shows(&delivery.about);
    if let Some(current) = current.filter(|current| is_visible(&current.delivery)) {
        return Ok(Found { delivery: current.delivery.clone(), record: current.record() });
    }
    let unknown = || {
        Problem::not_found(
            "UnknownDelivery",
            format!("There is no delivery {id:?}. GET /deliveries lists the existing ones."),
        )
    };
    let Some(store) = &gateway.delivery_store else { return Err(unknown()) };
    let delivery = store.delivery(id).await.map_err(unavailable)?.filter(is_visible).ok_or_else(unknown)?;
    Ok(Found { delivery: with_title(gateway, delivery), record: None })
}

/// The title comes from the catalogue in memory, which has the newest one.
fn with_title(gateway: &Gateway, mut delivery: Delivery) -> Delivery {
    if let Some(route) = gateway.live.published().catalogue().revision(&delivery.about.route) {
        delivery.title = route.title.as_str().into();
    }
    delivery
}

fn ready(gateway: &Gateway) -> Result<&Gateway, Problem> {
    gateway.live.is_ready().then_some(gateway).ok_or_else(starting)
}

fn unknown_route(id: &str) -> Problem {
    Problem::not_found("UnknownRoute", format!("There is no route {id:?}. GET /routes lists the existing ones."))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err gives a value")]
fn unavailable(error: StoreError) -> Problem {
    Problem::unavailable("HistoryUnavailable", error.to_string())
}

/// A response of text that is already JSON.
#[must_use]
pub(crate) fn json_text(text: String) -> Response {
    let mut response = Response::new(text.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl From<InvalidListing> for Problem {
    fn from(error: InvalidListing) -> Self {
        Self::bad_request(error.reason(), error.to_string())
    }
}

#[cfg(test)]
#[path = "tests/api.rs"]
mod tests;
