//! The handlers of `/routes` and `/deliveries`.

use delivery_messages::{NewDirection, TRACEPARENT_HEADER};
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use warp::Buf;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use super::body;
use super::problem::{ApiResult, Problem};
use super::upgrade::{check_origin, starting};
use crate::delivery_store::client::{Availability, StoreError};
use crate::delivery_store::listing::{InvalidListing, ListingQuery, Parameters, page};
use crate::gateway::sender::trace_parent;
use crate::gateway::shared::{Gateway, new_id};
use crate::model::delivery::Delivery;
use crate::protocol::view::{DeliveryView, RouteView};

/// `GET /routes`.
///
/// # Errors
/// 503 before the first snapshot is complete.
pub(crate) fn routes(gateway: &Gateway) -> ApiResult {
    let catalogue = std::sync::Arc::clone(ready(gateway)?.live.published().catalogue());
    Ok(json_of(&catalogue.routes().map(|route| RouteView::listed(route)).collect::<Vec<_>>()))
}

/// `GET /routes/:id`.
///
/// # Errors
/// 404 for an unknown route.
pub(crate) fn route(gateway: &Gateway, id: &str) -> ApiResult {
    let route = ready(gateway)?.live.published().catalogue().route(id).cloned();
    route.map(|route| json_of(&RouteView::whole(&route))).ok_or_else(|| unknown_route(id))
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
/// 400 for an invalid body, 403 for a page of a foreign origin, 404 for an unknown route, 503 when Kafka does not acknowledge
/// the request.
pub(crate) async fn start<B: Buf>(
    gateway: &Gateway,
    id: &str,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> ApiResult {
    check_origin(gateway, headers)?;
    let body = body::whole(body, gateway.limits.body_bytes).await?;
    let request = read_start(id, &body)?;
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
fn read_start(route_id: &str, body: &[u8]) -> Result<NewDirection, Problem> {
    let start: Start = if body.iter().all(u8::is_ascii_whitespace) {
        Start::default()
    } else {
        let invalid =
            |error| Problem::bad_request("InvalidBody", format!("The body is not a valid start request: {error}."));
        serde_json::from_slice(body).map_err(invalid)?
    };
    let request = NewDirection {
        route_id: route_id.to_owned(),
        client_id: String::new(),
        request_id: Some(start.request_id.unwrap_or_else(new_id)),
        courier: start.courier,
        vehicle: start.vehicle,
        speed_kmh: start.speed_kmh,
        interval_milliseconds: start.interval_milliseconds,
        seed: None,
    };
    let invalid = |error: String| Problem::bad_request("InvalidBody", error);
    let bytes = delivery_messages::encode(&request).map_err(|error| invalid(error.to_string()))?;
    NewDirection::decode(Some(&bytes)).map_err(|error| invalid(error.to_string()))
}

/// A page of deliveries.
#[derive(Serialize)]
struct Listing<'a> {
    deliveries: Vec<DeliveryView<'a>>,
    history: Availability,
    /// The value of `before` for the next page; null on the last.
    next: Option<String>,
}

/// `GET /deliveries`.
///
/// # Errors
/// 400 for an invalid parameter. The answer's `history` says whether the delivery store could be queried.
pub(crate) async fn deliveries(gateway: &Gateway, parameters: &Parameters) -> ApiResult {
    let query = ListingQuery::read(parameters)?;
    let scope = &gateway.scope;
    let memory: Vec<Delivery> = ready(gateway)?
        .live
        .published()
        .deliveries()
        .map(|shown| &shown.delivery)
        .filter(|delivery| scope.shows(&delivery.about))
        .cloned()
        .collect();
    // Memory fills the page first; the delivery store is queried only for the rest.
    let (held, _) = page(&ListingQuery { limit: query.limit + 1, ..query.clone() }, memory.clone(), Vec::new());
    let running = held.iter().filter(|delivery| !delivery.phase.is_final()).count();
    let (past, state) = match &gateway.delivery_store {
        None => (Vec::new(), Availability::Off),
        Some(store) if !query.wants_past(running) => (Vec::new(), store.state()),
        Some(store) => match store.past(&query).await {
            Ok(past) => (past, Availability::Available),
            Err(_) => (Vec::new(), Availability::Unavailable),
        },
    };
    let titled = past
        .into_iter()
        .filter(|delivery| scope.shows(&delivery.about))
        .map(|delivery| with_title(gateway, delivery))
        .collect();
    let (page, next) = page(&query, memory, titled);
    let deliveries: Vec<_> = page.iter().map(DeliveryView::from).collect();
    Ok(json_of(&Listing { deliveries, history: state, next: next.map(|next| next.to_string()) }))
}

/// `GET /deliveries/:id`.
///
/// # Errors
/// 404 for an unknown delivery; 503 when only the delivery store could know it and MongoDB does not respond.
pub(crate) async fn delivery(gateway: &Gateway, id: &str) -> ApiResult {
    Ok(json_of(&DeliveryView::from(&find(gateway, id).await?)))
}

/// `GET /deliveries/:id/route`: the route revision that the delivery was started with.
///
/// # Errors
/// As [`delivery`].
pub(crate) async fn driven_route(gateway: &Gateway, id: &str) -> ApiResult {
    let delivery = find(gateway, id).await?;
    let key = &delivery.about.route;
    let known = gateway.live.published().catalogue().revision(key).cloned();
    if let Some(route) = known {
        return Ok(json_of(&RouteView::whole(&route)));
    }
    let gone =
        || Problem::not_found("UnknownRoute", format!("The route {key:?} of the delivery {id:?} is no longer stored."));
    let Some(store) = &gateway.delivery_store else { return Err(gone()) };
    let route = store.route(key).await.map_err(unavailable)?.ok_or_else(gone)?;
    Ok(json_of(&RouteView::whole(&route)))
}

async fn find(gateway: &Gateway, id: &str) -> Result<Delivery, Problem> {
    let current = ready(gateway)?.live.published().delivery(id).map(|current| current.delivery.clone());
    let is_visible = |delivery: &Delivery| gateway.scope.shows(&delivery.about);
    if let Some(delivery) = current.filter(is_visible) {
        return Ok(delivery);
    }
    let unknown = || {
        Problem::not_found(
            "UnknownDelivery",
            format!("There is no delivery {id:?}. GET /deliveries lists the existing ones."),
        )
    };
    let Some(store) = &gateway.delivery_store else { return Err(unknown()) };
    let delivery = store.delivery(id).await.map_err(unavailable)?.filter(is_visible).ok_or_else(unknown)?;
    Ok(with_title(gateway, delivery))
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

fn json_of<T: Serialize>(value: &T) -> Response {
    warp::reply::json(value).into_response()
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
