//! What people call a route.
//!
//! Pure. The index has no titles: they are the catalogue's, which the gateway holds.

use crate::catalogue::Catalogue;
use std::sync::Arc;

/// The titles of a catalogue.
#[derive(Clone, Debug)]
pub struct Titles(pub Arc<Catalogue>);

impl Titles {
    /// The title of a route by its `id`; the id itself of one that is gone.
    #[must_use]
    pub fn of_route(&self, id: &str) -> String {
        self.0.route(id).map_or(id, |route| &route.title).to_owned()
    }

    /// The title of the revision that a delivery drove; as [`Titles::of_route`] when that is gone.
    #[must_use]
    pub fn of_revision(&self, key: &str, id: &str) -> String {
        self.0.revision(key).map_or_else(|| self.of_route(id), |route| route.title.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::search::testing::titles;

    #[test]
    fn a_route_that_is_gone_is_called_by_its_id() {
        let titles = titles();
        assert_eq!(titles.of_revision("code-delivery/1@0123456789ab", "1"), "Primeiro");
        assert_eq!(titles.of_revision("code-delivery/1@ffffffffffff", "1"), "Primeiro");
        assert_eq!(titles.of_revision("code-delivery/7@ffffffffffff", "7"), "7");
    }
}
