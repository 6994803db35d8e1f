//! A start request, and the Delivery that it becomes. Pure.
//!
//! A request has one identity forever, and its Delivery a name that is derived from it, so that the same request twice is one
//! Delivery.

use std::collections::HashMap;

use delivery_api::names::{CLIENT_ID_ANNOTATION, REQUEST_ID_ANNOTATION, TRACEPARENT_ANNOTATION};
use delivery_api::{Delivery, DeliverySpec, RouteRef};
use delivery_messages::deliveries::canary;
use delivery_messages::{Millis, NewDirection};
use kube::ResourceExt;

use crate::base::names;
use crate::requests::outcome::{Refusal, Rejection};
use crate::tables::retention::Retention;

/// The longest request id that is taken from a record that cannot be decoded.
const MAX_REQUEST_ID: usize = 253;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Its own id, else the topic, partition and offset of its record.
    pub identity: String,
    /// What it asks for.
    pub direction: NewDirection,
    /// The W3C trace context that it belongs to.
    pub trace: Option<String>,
}

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// `topic/partition/offset` of its record.
    pub record: String,
    /// The broker's time of the record.
    pub at: Millis,
    /// That of the newest record before it in its partition, as far as it was read.
    pub after: Millis,
    /// The W3C trace context in the headers of the record, if it is valid.
    pub trace: Option<String>,
}

impl Request {
    /// The answer to the sender.
    #[must_use]
    pub(crate) fn rejected(&self, refusal: Refusal) -> Rejection {
        refusal.of(self.identity.clone())
    }
}

/// Decodes a request.
///
/// # Errors
/// When it cannot be decoded, or asks for what no delivery can have.
pub(crate) fn read(origin: &Origin, value: Option<&[u8]>) -> Result<Request, Rejection> {
    match NewDirection::decode(value) {
        Ok(direction) => {
            let identity = direction.request_id.clone().unwrap_or_else(|| origin.record.clone());
            direction.check().map_err(|error| Refusal::Impossible(error).of(identity.clone()))?;
            Ok(Request { identity, direction, trace: origin.trace.clone() })
        }
        // A record of another shape may have a request id all the same, and its sender waits for an answer.
        Err(error) => Err(Refusal::from(error).of(value.and_then(named_request))),
    }
}

/// The request id of a record of any shape.
pub(crate) fn named_request(value: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(value).ok()?;
    value.get("requestId")?.as_str().filter(|id| !id.is_empty()).map(|id| id.chars().take(MAX_REQUEST_ID).collect())
}

/// The Delivery that a request becomes on a route; `turn` as in [`names::requested_delivery`]. The canary's are not kept for people to see.
#[must_use]
pub(crate) fn delivery(request: &Request, route: &str, turn: u32, namespace: &str, ttl: Option<u32>) -> Delivery {
    let direction = &request.direction;
    let defaults = DeliverySpec::default();
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let is_canary = direction.courier.as_deref().is_some_and(canary::is_canary);
    let ttl = if is_canary { Some(canary::TTL_SECONDS) } else { ttl };
    let mut delivery = Delivery::new(
        &names::requested_delivery(route, &request.identity, turn),
        DeliverySpec {
            route_ref: Some(RouteRef { name: route.to_owned() }),
            courier: text(&direction.courier),
            vehicle: text(&direction.vehicle),
            speed_kmh: direction.speed_kmh,
            interval_milliseconds: direction.interval_milliseconds.unwrap_or(defaults.interval_milliseconds),
            seed: direction.seed.unwrap_or(defaults.seed),
            ttl_seconds_after_finished: ttl,
            ..defaults
        },
    );
    delivery.metadata.namespace = Some(namespace.to_owned());
    let annotations = delivery.annotations_mut();
    annotations.insert(REQUEST_ID_ANNOTATION.to_owned(), request.identity.clone());
    annotations.insert(CLIENT_ID_ANNOTATION.to_owned(), direction.client_id.clone());
    if let Some(trace) = &request.trace {
        annotations.insert(TRACEPARENT_ANNOTATION.to_owned(), trace.clone());
    }
    delivery
}

/// The newest broker's time in each partition, of the records that were read.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(HashMap<i32, Millis>);

impl Arrivals {
    /// Notes a record; returns the newest time of those before it.
    pub(crate) fn note(&mut self, partition: i32, at: Option<Millis>) -> Millis {
        let newest = self.0.entry(partition).or_default();
        let before = *newest;
        *newest = before.max(at.unwrap_or_default());
        before
    }
}

/// Whether a request is young enough to know whether it has been served before.
///
/// # Errors
/// When it is not.
pub(crate) fn fresh(request: &Request, at: Millis, kept: Option<Millis>, now: Millis) -> Result<(), Rejection> {
    if Retention::is_over(kept, Some(at), now) {
        return Err(request.rejected(Refusal::Expired));
    }
    Ok(())
}

/// What exists under the name of a request's Delivery.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Nothing,
    /// The Delivery of this very request.
    Ours(Box<Delivery>),
    /// The Delivery of another request, or one that a person has created.
    Another,
}

impl Found {
    /// Whose a Delivery is.
    #[must_use]
    pub(crate) fn of(delivery: Option<Delivery>, identity: &str) -> Self {
        match delivery {
            None => Self::Nothing,
            Some(found) if found.annotations().get(REQUEST_ID_ANNOTATION).is_some_and(|id| id == identity) => {
                Self::Ours(Box::new(found))
            }
            Some(_) => Self::Another,
        }
    }
}

#[cfg(test)]
#[path = "tests/request.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/model.rs"]
mod model;
