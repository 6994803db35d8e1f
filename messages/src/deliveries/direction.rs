//! `route.new-direction`: a request to start a delivery.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, Topic};

/// The maximum length of a text in a request, in characters.
pub const MAX_TEXT: usize = 253;

/// The maximum length of a courier's name and of a kind of vehicle, in characters.
pub const MAX_NAME: usize = 100;
/// The speeds that can be asked for, in km/h.
pub const SPEEDS_KMH: RangeInclusive<u32> = 1..=1_000;
/// The times between two positions that can be asked for, in milliseconds.
pub const INTERVALS_MILLISECONDS: RangeInclusive<u32> = 50..=60_000;

/// A request to start a delivery along a route.
///
/// The first two fields are the vehicle tracker's; `{"routeId": "1", "clientId": "abc"}` is a complete request. The key has no meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewDirection {
    /// The `id` of a route.
    pub route_id: String,
    /// The requesting client; free text, never shown to others.
    #[serde(default)]
    pub client_id: String,
    /// The request's identity: two requests with the same one start one delivery. Absent: the record's topic, partition and offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The courier's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier: Option<String>,
    /// The kind of vehicle, such as `motorcycle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<String>,
    /// A constant speed in km/h; absent: one point of the route per tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_kmh: Option<u32>,
    /// Milliseconds from one position to the next; absent: 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_milliseconds: Option<u32>,
    /// The seed of the noise; absent: the operator's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
}

impl NewDirection {
    /// Reads and checks a request.
    ///
    /// # Errors
    /// When it is not a JSON object of this shape, or a text is empty where one is needed or longer than [`MAX_TEXT`].
    pub fn decode(value: Option<&[u8]>) -> Result<Self, DecodeError> {
        let request: Self = crate::decode(Topic::NewDirection, value)?;
        let invalid = |field, problem: &str| {
            Err(DecodeError::Invalid { topic: Topic::NewDirection.name(), field, problem: problem.to_owned() })
        };
        if request.route_id.is_empty() {
            return invalid("routeId", "it is empty; name a route of GET /routes");
        }
        if request.request_id.as_deref() == Some("") {
            return invalid("requestId", "it is empty; leave it out or give a unique text");
        }
        let texts = [
            ("routeId", Some(&request.route_id)),
            ("clientId", Some(&request.client_id)),
            ("requestId", request.request_id.as_ref()),
            ("courier", request.courier.as_ref()),
            ("vehicle", request.vehicle.as_ref()),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| text.chars().count() > MAX_TEXT) {
                return invalid(field, "it is longer than 253 characters");
            }
        }
        Ok(request)
    }

    /// Judges whether a delivery can have these values, from the request alone: the one judgement of whoever takes a request from a
    /// client and of whoever serves it. The limits are those of a Delivery's spec.
    ///
    /// # Errors
    /// The first field that no delivery can have, with what it may be.
    pub fn check(&self) -> Result<(), DecodeError> {
        let invalid =
            |field, problem: String| Err(DecodeError::Invalid { topic: Topic::NewDirection.name(), field, problem });
        for (field, name) in [("courier", &self.courier), ("vehicle", &self.vehicle)] {
            let characters = name.as_ref().map_or(0, |name| name.chars().count());
            if characters > MAX_NAME {
                return invalid(field, format!("it has {characters} characters; at most {MAX_NAME} are allowed"));
            }
        }
        let numbers = [
            ("speedKmh", self.speed_kmh, SPEEDS_KMH),
            ("intervalMilliseconds", self.interval_milliseconds, INTERVALS_MILLISECONDS),
        ];
        for (field, number, allowed) in numbers {
            if let Some(number) = number.filter(|number| !allowed.contains(number)) {
                let (least, most) = allowed.into_inner();
                return invalid(field, format!("it is {number}; write {least} to {most}, or leave it out"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/direction.rs"]
mod tests;
