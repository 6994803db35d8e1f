//! Pages of deliveries: active ones first, then past ones, the newest first in each.
//!
//! Pure. `limit` bounds a page; the next one starts after the page token `before`, which is opaque to clients.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use delivery_messages::Millis;
use delivery_messages::deliveries::canary;

use crate::model::delivery::{Delivery, Phase};

/// Deliveries per page unless the client sets `limit`.
const DEFAULT_LIMIT: usize = 100;
/// The maximum of `limit`.
const MAX_LIMIT: usize = 1000;

/// The parameters of a URL by name.
pub(crate) type Parameters = HashMap<String, String>;

/// Which deliveries a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListingQuery {
    /// Only deliveries in this phase.
    pub phase: Option<Phase>,
    /// Only deliveries that have ended.
    pub past: bool,
    /// Only deliveries of exactly this courier.
    pub courier: Option<String>,
    /// Only deliveries whose object is in this namespace.
    pub namespace: Option<String>,
    /// Only deliveries whose object has exactly this name. Others may have had it before.
    pub name: Option<String>,
    /// The maximum number of deliveries on the page.
    pub limit: usize,
    /// Only deliveries after this place, the last one of the previous page.
    pub before: Option<PageToken>,
}

/// The sort key of a delivery in the listing, which names the place to continue from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PageToken {
    /// Active deliveries come first.
    pub past: bool,
    /// Creation time, milliseconds; the newest first.
    pub created_at: Reverse<Millis>,
    pub id: Reverse<String>,
}

impl PageToken {
    /// The place of a delivery.
    #[must_use]
    pub(crate) fn of(delivery: &Delivery) -> Self {
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

impl std::fmt::Display for PageToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", if self.past { "p" } else { "r" }, self.created_at.0, self.id.0)
    }
}

/// Why the parameters of `GET /deliveries` cannot be used; the message names the parameter and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidListing {
    /// `phase` names no phase.
    #[error("There is no phase {0:?}. The phases are {phases}.", phases = Phase::ALL.map(Phase::name).join(", "))]
    Phase(String),
    /// `past` is neither true nor false.
    #[error("The parameter past is true or false, not {0:?}.")]
    Past(String),
    /// `limit` is not a number in range.
    #[error("The limit {0:?} is not an integer from 1 to {MAX_LIMIT}.")]
    Limit(String),
    /// `before` is not a token of an earlier page.
    #[error("The parameter before takes the value that an earlier page returned as next.")]
    PageToken,
}

impl InvalidListing {
    /// A stable name, part of the HTTP API.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Phase(_) => "InvalidPhase",
            Self::Past(_) => "InvalidPast",
            Self::Limit(_) => "InvalidLimit",
            Self::PageToken => "InvalidPlace",
        }
    }
}

impl ListingQuery {
    /// Reads the parameters of a URL.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, InvalidListing> {
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let given = |name: &str| get(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let phase = get("phase").map(|name| name.parse().map_err(|()| InvalidListing::Phase(name.to_owned())));
        let past = get("past").map(|past| past.parse::<bool>().map_err(|_| InvalidListing::Past(past.to_owned())));
        let limit = get("limit").map(|limit| {
            let number = limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
            number.ok_or_else(|| InvalidListing::Limit(limit.to_owned()))
        });
        let before = get("before").map(|token| PageToken::read(token).ok_or(InvalidListing::PageToken));
        Ok(Self {
            phase: phase.transpose()?,
            past: past.transpose()?.unwrap_or(false),
            courier: given("courier"),
            namespace: given("namespace"),
            name: given("name"),
            limit: limit.transpose()?.unwrap_or(DEFAULT_LIMIT),
            before: before.transpose()?,
        })
    }

    /// Whether the page has room for past deliveries after `held` active ones, and the filter admits any.
    #[must_use]
    pub(crate) fn wants_past(&self, held: usize) -> bool {
        held <= self.limit && self.phase.is_none_or(Phase::is_final)
    }

    /// Whether the canary's deliveries are left out: unless their courier, or an object by its name, is asked for.
    #[must_use]
    pub(crate) const fn hides_canary(&self) -> bool {
        self.courier.is_none() && self.name.is_none()
    }

    fn wants(&self, delivery: &Delivery) -> bool {
        !(self.hides_canary() && canary::is_canary(&delivery.about.courier))
            && self.phase.is_none_or(|phase| phase == delivery.phase)
            && (!self.past || delivery.phase.is_final())
            && self.courier.as_ref().is_none_or(|courier| *courier == delivery.about.courier)
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == delivery.about.namespace)
            && self.name.as_ref().is_none_or(|name| *name == delivery.about.name)
            && self.before.as_ref().is_none_or(|before| PageToken::of(delivery) > *before)
    }
}

/// Merges what is in memory and what the delivery store returned into one page, with the token of the next page if there is more.
///
/// A delivery that both hold is taken from memory, which is newer.
#[must_use]
pub(crate) fn page(
    query: &ListingQuery,
    memory: Vec<Delivery>,
    stored: Vec<Delivery>,
) -> (Vec<Delivery>, Option<PageToken>) {
    let mut seen = HashSet::new();
    let mut page: Vec<_> = memory
        .into_iter()
        .chain(stored)
        .filter(|delivery| seen.insert(delivery.about.delivery_id.clone()) && query.wants(delivery))
        .collect();
    page.sort_by_cached_key(PageToken::of);
    let more = page.len() > query.limit;
    page.truncate(query.limit);
    let next = page.last().filter(|_| more).map(PageToken::of);
    (page, next)
}

#[cfg(test)]
#[path = "tests/listing.rs"]
mod tests;
