//! The positions of one delivery: `GET /history/deliveries/:id/positions`.
//!
//! Pure. A page never splits the documents of one `seq`, so a client that counts notices when the index holds a `seq` twice.

use delivery_messages::{LngLat, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::scope::Scope;
use crate::position_index::clauses::{all, by_delivery_ids, terms};
use crate::position_index::documents;
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::response::SearchResponse;
use crate::protocol::view::LatLng;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&[&str]] = &[&["after", "limit"]];

/// Positions per page by default.
const LIMIT: usize = 1_000;
/// The maximum of `limit`.
const MAX: i64 = 5_000;
/// The maximum length of a delivery id, the same as the sink's.
const MAX_ID_BYTES: usize = 512;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PositionsQuery {
    pub id: String,
    after: Option<i64>,
    limit: usize,
    scope: Scope,
}

/// A position, as indexed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct PositionDocument {
    seq: u64,
    at: Millis,
    position: LngLat,
    #[serde(default)]
    speed: f64,
    #[serde(default)]
    heading: f64,
    #[serde(default)]
    progress: f64,
    #[serde(default)]
    finished: bool,
}

/// The answer: a page of positions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PositionsPage {
    delivery_id: String,
    positions: Vec<PositionEntry>,
    /// The value of `after` for the next page; null on the last.
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct PositionEntry {
    seq: u64,
    at: Millis,
    position: LatLng,
    speed: f64,
    heading: f64,
    progress: f64,
    finished: bool,
}

impl PositionsQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter or the id is invalid.
    pub(crate) fn read(id: &str, parameters: &Parameters<'_>, scope: &Scope) -> Result<Self, InvalidParameter> {
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            return Err(InvalidParameter::DeliveryId { bytes: id.len(), max: MAX_ID_BYTES });
        }
        Ok(Self {
            id: id.to_owned(),
            after: parameters.whole("after", 0..=i64::MAX, 999)?,
            limit: parameters.whole("limit", 1..=MAX, 1_000)?.and_then(|limit| limit.try_into().ok()).unwrap_or(LIMIT),
            scope: scope.clone(),
        })
    }

    /// The search for the plan that decides whether the scope shows the delivery; `None` when it shows all.
    #[must_use]
    pub(crate) fn plan(&self) -> Option<Value> {
        (!self.scope.shows_all()).then(|| by_delivery_ids([&self.id].into_iter(), documents::PLAN_FIELDS))
    }

    /// Whether the scope shows the delivery, by its plan.
    #[must_use]
    pub(crate) fn is_visible(&self, plan: &SearchResponse<documents::Plan>) -> bool {
        plan.documents.iter().any(|plan| self.scope.admits(&plan.namespace, &self.id))
    }

    /// The search among positions: one more than the page holds.
    #[must_use]
    pub(crate) fn search(&self) -> Value {
        let mut search = json!({
            "size": self.limit + 1,
            "track_total_hits": false,
            "_source": ["seq", "at", "position", "speed", "heading", "progress", "finished"],
            "sort": [{"seq": {"order": "asc", "unmapped_type": "long"}}],
            "query": all(&[terms("deliveryId", [&self.id])]),
        });
        if let (Some(after), Some(search)) = (self.after, search.as_object_mut()) {
            search.insert("search_after".to_owned(), json!([after]));
        }
        search
    }

    /// The answer of the response.
    #[must_use]
    pub(crate) fn answer(self, found: SearchResponse<PositionDocument>) -> PositionsPage {
        let mut documents = found.documents;
        let mut next = None;
        if let Some(first) = documents.get(self.limit).map(|more| more.seq) {
            // All documents of one seq are on one page, unless they alone exceed a page.
            let whole = documents.partition_point(|document| document.seq < first);
            documents.truncate(if whole == 0 { self.limit } else { whole });
            next = documents.last().map(|last| last.seq);
        }
        let position = |document: PositionDocument| {
            let PositionDocument { seq, at, position, speed, heading, progress, finished } = document;
            PositionEntry { seq, at, position: position.into(), speed, heading, progress, finished }
        };
        PositionsPage { delivery_id: self.id, positions: documents.into_iter().map(position).collect(), next }
    }
}

#[cfg(test)]
#[path = "tests/positions.rs"]
mod tests;
