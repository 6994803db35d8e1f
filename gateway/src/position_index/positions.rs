//! The positions of one delivery: `GET /history/deliveries/:id/positions`.
//!
//! Pure. A page ends between two numbers, so who counts sees it when the index holds one number more than once.

use delivery_messages::{LngLat, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::{all, of_deliveries, terms};
use super::document;
use super::found::Found;
use super::parameters::{Invalid, Parameters};
use crate::model::scope::Scope;
use crate::protocol::view::LatLng;

/// The names of its parameters.
pub const PARAMETERS: &[&[&str]] = &[&["after", "limit"]];

/// How many positions a page has when nothing is said.
const LIMIT: usize = 1_000;
/// The most that a page has.
const MOST: i64 = 5_000;
/// The longest id, as the sink's ids are at most.
const LONGEST_ID: usize = 512;

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    /// The delivery.
    pub id: String,
    after: Option<i64>,
    limit: usize,
    scope: Scope,
}

/// A position, as the index has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Document {
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

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    delivery_id: String,
    positions: Vec<Told>,
    /// What to give as `after` for the next page; null on the last.
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Told {
    seq: u64,
    at: Millis,
    position: LatLng,
    speed: f64,
    heading: f64,
    progress: f64,
    finished: bool,
}

impl Positions {
    /// Reads the question.
    ///
    /// # Errors
    /// When a parameter is none, or the id cannot be one.
    pub fn read(id: &str, parameters: &Parameters<'_>, scope: &Scope) -> Result<Self, Invalid> {
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(Invalid(format!(
                "The id of a delivery has 1 to {LONGEST_ID} bytes; this one has {}.",
                id.len()
            )));
        }
        Ok(Self {
            id: id.to_owned(),
            after: parameters.whole("after", 0..=i64::MAX, 999)?,
            limit: parameters.whole("limit", 1..=MOST, 1_000)?.and_then(|limit| limit.try_into().ok()).unwrap_or(LIMIT),
            scope: scope.clone(),
        })
    }

    /// The search for the plan that tells whether the delivery may be seen; none when every one may.
    #[must_use]
    pub fn plan(&self) -> Option<Value> {
        (!self.scope.shows_all()).then(|| of_deliveries([&self.id].into_iter(), document::PLAN_FIELDS))
    }

    /// Whether the delivery may be seen, by its plan.
    #[must_use]
    pub fn may_be_seen(&self, plan: &Found<document::Plan>) -> bool {
        plan.documents.iter().any(|plan| self.scope.admits(&plan.namespace, &self.id))
    }

    /// The search among positions: one more than the page has.
    #[must_use]
    pub fn search(&self) -> Value {
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

    /// The answer, of what was found.
    #[must_use]
    pub fn answer(self, found: Found<Document>) -> Answer {
        let mut documents = found.documents;
        let mut next = None;
        if let Some(first) = documents.get(self.limit).map(|more| more.seq) {
            // All of one number come on one page, unless they alone are more than a page.
            let whole = documents.partition_point(|document| document.seq < first);
            documents.truncate(if whole == 0 { self.limit } else { whole });
            next = documents.last().map(|last| last.seq);
        }
        let position = |document: Document| {
            let Document { seq, at, position, speed, heading, progress, finished } = document;
            Told { seq, at, position: position.into(), speed, heading, progress, finished }
        };
        Answer { delivery_id: self.id, positions: documents.into_iter().map(position).collect(), next }
    }
}

#[cfg(test)]
#[path = "tests/positions.rs"]
mod tests;
