//! The titles of routes.
//!
//! Pure. The index has none; they come from the catalogue that the gateway holds in memory.

use std::sync::Arc;

use delivery_messages::deliveries::catalogue::title_of;

use crate::state::catalogue::Catalogue;

/// The titles of a catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Titles(pub Arc<Catalogue>);

impl Titles {
    /// The title of a route by its `id`; as [`title_of`] the id when the route no longer exists, or is a path inside a Delivery.
    #[must_use]
    pub(crate) fn of_route(&self, id: &str) -> String {
        self.0.route(id).map_or_else(|| title_of(id), |route| route.title.as_str()).to_owned()
    }

    /// The title of a delivery's route revision; as [`Titles::of_route`] when the revision is no longer known.
    #[must_use]
    pub(crate) fn of_revision(&self, key: &str, id: &str) -> String {
        self.0.revision(key).map_or_else(|| self.of_route(id), |route| route.title.clone())
    }
}

#[cfg(test)]
#[path = "tests/titles.rs"]
mod tests;
