//! Which deliveries a page of `GET /deliveries` holds: those under way first, then past ones, the newest first in each.
//!
//! Pure. A page is cut by `limit` and goes on from the place that `before` names, which is opaque to clients.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use delivery_messages::Millis;

use super::problem::Problem;
use crate::model::delivery::{Delivery, Phase};

/// How many deliveries a page has when the client does not say.
const DEFAULT_LIMIT: usize = 100;
/// The most that a page has.
const MAX_LIMIT: usize = 1000;

/// The part of a URL after `?`, by name.
pub type Parameters = HashMap<String, String>;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Only deliveries in this phase.
    pub phase: Option<Phase>,
    /// Only deliveries of this courier, to the letter.
    pub courier: Option<String>,
    /// The most that the page has.
    pub limit: usize,
    /// The last place of the page before.
    pub before: Option<Place>,
}

/// A place in the order of all deliveries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Those under way come first.
    pub past: bool,
    /// When the delivery was created; the newest first.
    pub created_at: Reverse<Millis>,
    /// The delivery.
    pub id: Reverse<String>,
}

impl Place {
    /// Where a delivery stands.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        Self {
            past: delivery.phase.is_final(),
            created_at: Reverse(delivery.about.created_at),
            id: Reverse(delivery.about.delivery_id.clone()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let past = match parts.next()? {
            "p" => true,
            "r" => false,
            _ => return None,
        };
        let created_at = Reverse(parts.next()?.parse().ok()?);
        Some(Self { past, created_at, id: Reverse(parts.next()?.to_owned()) })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", if self.past { "p" } else { "r" }, self.created_at.0, self.id.0)
    }
}

impl Query {
    /// Reads the part of the URL after `?`.
    ///
    /// # Errors
    /// 400, with the parameter and what it may be.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let phase = get("phase").map(|name| {
            name.parse().map_err(|()| {
                let phases = Phase::ALL.map(Phase::name).join(", ");
                Problem::bad_request("InvalidPhase", format!("There is no phase {name:?}; there are {phases}."))
            })
        });
        let limit = get("limit").map(|limit| {
            limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
                Problem::bad_request(
                    "InvalidLimit",
                    format!("The limit {limit:?} is no whole number from 1 to {MAX_LIMIT}."),
                )
            })
        });
        let before = get("before").map(|place| {
            Place::read(place).ok_or_else(|| {
                Problem::bad_request("InvalidPlace", "The value of before is not what an earlier page gave as next.")
            })
        });
        Ok(Self {
            phase: phase.transpose()?,
            courier: get("courier").filter(|courier| !courier.is_empty()).map(str::to_owned),
            limit: limit.transpose()?.unwrap_or(DEFAULT_LIMIT),
            before: before.transpose()?,
        })
    }

    /// Whether the page has room for past deliveries after these, and may hold any.
    #[must_use]
    pub fn wants_past(&self, held: usize) -> bool {
        held <= self.limit && self.phase.is_none_or(Phase::is_final)
    }

    fn wants(&self, delivery: &Delivery) -> bool {
        self.phase.is_none_or(|phase| phase == delivery.phase)
            && self.courier.as_ref().is_none_or(|courier| *courier == delivery.about.courier)
            && self.before.as_ref().is_none_or(|before| Place::of(delivery) > *before)
    }
}

/// The page of what is in memory and what the history holds, and the place to go on from when there is more.
///
/// Of a delivery that both hold, memory knows best.
#[must_use]
pub fn page(query: &Query, memory: Vec<Delivery>, history: Vec<Delivery>) -> (Vec<Delivery>, Option<Place>) {
    let mut seen = HashSet::new();
    let mut page: Vec<_> = memory
        .into_iter()
        .chain(history)
        .filter(|delivery| seen.insert(delivery.about.delivery_id.clone()) && query.wants(delivery))
        .collect();
    page.sort_by_cached_key(Place::of);
    let more = page.len() > query.limit;
    page.truncate(query.limit);
    let next = page.last().filter(|_| more).map(Place::of);
    (page, next)
}

#[cfg(test)]
#[path = "tests/listing.rs"]
mod tests;
