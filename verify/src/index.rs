//! An index's answers, as the gateway returns them, and the comparison that they feed page by page.
//!
//! Sending the requests, and waiting before an index is read again, is left to the caller.

use delivery_messages::{LngLat, Millis, NewPosition};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::comparison::{Comparison, LogSide};
use crate::report::SinkReport;

/// The maximum number of positions per page.
const PAGE: usize = 5_000;
/// A day in milliseconds; an index keeps or drops whole days.
const DAY: Millis = 86_400_000;

/// The gateway's path of [`IndexExtent`].
pub const EXTENT_PATH: &str = "/history";

/// How far back an index reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct IndexExtent {
    /// The time of the oldest position, in milliseconds since the Unix epoch; none: the index is empty.
    pub oldest: Option<Millis>,
}

/// A page of a delivery's positions in an index.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct IndexPage {
    positions: Vec<IndexedPosition>,
    next: Option<u64>,
}

/// A position of an index, latitude first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct IndexedPosition {
    seq: u64,
    at: Millis,
    position: [f64; 2],
    speed: f64,
    heading: f64,
    progress: f64,
    finished: bool,
}

impl From<IndexedPosition> for NewPosition {
    fn from(found: IndexedPosition) -> Self {
        let IndexedPosition { seq, at, position: [lat, lng], speed, heading, progress, finished } = found;
        let position: LngLat = [lng, lat];
        let (route_id, client_id, delivery_id) = Default::default();
        Self { route_id, client_id, delivery_id, seq, at, position, speed, heading, progress, finished }
    }
}

/// One delivery's comparison with an index that is read page by page.
#[derive(Debug)]
pub struct IndexCheck {
    delivery_id: String,
    comparison: Comparison,
    /// Pages continue after this seq; none: from the start.
    after: Option<u64>,
    open: bool,
}

impl IndexCheck {
    /// Starts with the first page.
    #[must_use]
    pub fn new(delivery_id: String, log: LogSide, extent: IndexExtent) -> Self {
        let kept_since = extent.oldest.map(|oldest| oldest.div_euclid(DAY) * DAY);
        Self { delivery_id, comparison: Comparison::new(log, kept_since), after: None, open: true }
    }

    /// The gateway's path of the next page, with its query.
    #[must_use]
    pub fn path(&self) -> String {
        let id = utf8_percent_encode(&self.delivery_id, NON_ALPHANUMERIC);
        let after = self.after.map(|after| format!("&after={after}")).unwrap_or_default();
        format!("/history/deliveries/{id}/positions?limit={PAGE}{after}")
    }

    /// Takes a page; returns whether another one follows.
    pub fn take(&mut self, page: IndexPage) -> bool {
        page.positions.into_iter().for_each(|found| self.comparison.take(&found.into()));
        if page.next.is_some() {
            self.after = page.next;
            return true;
        }
        self.open = self.comparison.end();
        false
    }

    /// After the last page: whether reading the index again may change the result.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// How many positions are missing, or are still to be erased.
    #[must_use]
    pub fn open_positions(&self) -> u64 {
        self.comparison.open()
    }

    /// Continues at the first missing position.
    pub fn restart(&mut self) {
        self.after = self.comparison.rewind();
    }

    /// The delivery's id, and the result.
    #[must_use]
    pub fn report(self) -> (String, SinkReport) {
        (self.delivery_id, self.comparison.report())
    }
}

#[cfg(test)]
#[path = "tests/index.rs"]
mod tests;
