//! `route.catalogue`: every revision of every route, as the map needs it; keyed by `namespace/name@revision`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::LngLat;

/// One revision of a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The `routeId` in messages.
    pub id: String,
    /// The namespace of the object.
    pub namespace: String,
    /// The name of the DeliveryRoute, or of the Delivery that holds the path itself.
    pub name: String,
    /// A hash of the content; see [`revision`].
    pub revision: String,
    /// Grows with every record of a name, even if its object is deleted and created again; new deliveries drive the newest.
    pub version: u64,
    /// The title that people see.
    pub title: String,
    /// The line, `[lng, lat]` in degrees.
    pub path: Vec<LngLat>,
    /// The length of the line, metres.
    pub length_meters: f64,
    /// Whether a new delivery can be started on it: false for a path inside a Delivery and for a deleted route.
    pub listed: bool,
}

impl Route {
    /// The key of this revision's record.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.namespace, &self.name, &self.revision)
    }

    /// Whether it is the path inside a Delivery. Its object may have the name of a DeliveryRoute, and is another one.
    #[must_use]
    pub fn is_inline(&self) -> bool {
        self.id.starts_with(INLINE)
    }
}

/// What the ids of paths inside Deliveries begin with; the id of no DeliveryRoute contains a slash.
const INLINE: &str = "delivery/";

/// The id of the path inside a Delivery of that name.
#[must_use]
pub fn inline_id(delivery: &str) -> String {
    format!("{INLINE}{delivery}")
}

/// What people see of a route whose record is not known: of the path inside a Delivery the Delivery's name, else the id.
#[must_use]
pub fn title_of(id: &str) -> &str {
    id.strip_prefix(INLINE).unwrap_or(id)
}

/// The key of a revision's record: `namespace/name@revision`.
#[must_use]
pub fn key(namespace: &str, name: &str, revision: &str) -> String {
    format!("{namespace}/{name}@{revision}")
}

/// The revision of a route: the first 12 hexadecimal digits of the SHA-256 of its id and its points as big-endian IEEE 754.
///
/// The title is not part of it, so that correcting its spelling does not change deliveries.
#[must_use]
pub fn revision(id: &str, path: &[LngLat]) -> String {
    let mut hash = Sha256::new();
    hash.update(u64::try_from(id.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(id);
    for coordinate in path.iter().flatten() {
        hash.update(coordinate.to_be_bytes());
    }
    let digest = hash.finalize();
    digest.iter().take(6).fold(String::with_capacity(12), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
#[path = "tests/catalogue.rs"]
mod tests;
