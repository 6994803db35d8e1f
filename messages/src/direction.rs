//! `route.new-direction`: a request to start a delivery.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, Topic};

/// The maximum length of a text in a request, in characters.
pub const MAX_TEXT: usize = 253;

/// A request to start a delivery along a route.
///
/// The first two fields are the original's; `{"routeId": "1", "clientId": "abc"}` is a complete request. The key has no meaning.
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
}

#[cfg(test)]
#[path = "tests/direction.rs"]
mod tests;
