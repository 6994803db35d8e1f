//! The parameters of `GET /purchases`, and the pages that they lead to. Pure.

use std::collections::HashMap;

use delivery_messages::Millis;
use uuid::Uuid;

use crate::domain::purchase::{Purchase, State};

/// Purchases per page unless the client sets `limit`.
const DEFAULT_LIMIT: usize = 50;
/// The maximum of `limit`: a page of the largest purchases is some megabytes.
pub(crate) const MAX_LIMIT: usize = 200;

/// The parameters of a URL by their names.
pub(crate) type Parameters = HashMap<String, String>;

/// Which purchases a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListingQuery {
    /// Only those of this customer.
    pub customer_id: Option<String>,
    /// Only those in this state.
    pub state: Option<State>,
    /// The maximum number of purchases on the page.
    pub limit: usize,
    /// Only those after this place, the last one of the previous page.
    pub after: Option<Cursor>,
}

/// The place of a purchase in the list, the newest first; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub created_at: Millis,
    pub id: String,
}

impl Cursor {
    /// The place of a purchase.
    pub(crate) fn of(purchase: &Purchase) -> Self {
        Self { created_at: purchase.created_at, id: purchase.id.clone() }
    }

    fn read(text: &str) -> Option<Self> {
        let (created_at, id) = text.split_once('.')?;
        Some(Self { created_at: created_at.parse().ok()?, id: uuid(id)? })
    }

    /// Whether a purchase comes after this place.
    #[cfg(test)]
    pub(crate) fn is_before(&self, purchase: &Purchase) -> bool {
        (purchase.created_at, &purchase.id) < (self.created_at, &self.id)
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.created_at, self.id)
    }
}

/// Why the parameters of `GET /purchases` cannot be used; the message names the parameter and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidListing {
    /// `customerId` is no UUID.
    #[error("The parameter customerId is not a UUID; take the one in a purchase's customer.id.")]
    CustomerId,
    /// `state` names no state.
    #[error("The parameter state names no state; the states are {states}.", states = State::ALL.map(State::name).join(", "))]
    State,
    /// `limit` is not a number in range.
    #[error("The parameter limit is not an integer from 1 to {MAX_LIMIT}.")]
    Limit,
    /// `cursor` is not one of an earlier page.
    #[error("The parameter cursor takes the value that an earlier page returned as next.")]
    Cursor,
    /// There is no such parameter.
    #[error("There is no such parameter; the parameters are customerId, state, cursor and limit.")]
    Unknown,
}

impl InvalidListing {
    /// A stable name, part of the HTTP API.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::CustomerId => "InvalidCustomerId",
            Self::State => "InvalidState",
            Self::Limit => "InvalidLimit",
            Self::Cursor => "InvalidCursor",
            Self::Unknown => "UnknownParameter",
        }
    }
}

impl ListingQuery {
    /// Reads the parameters of a URL.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, InvalidListing> {
        let mut query = Self { customer_id: None, state: None, limit: DEFAULT_LIMIT, after: None };
        for (name, value) in parameters {
            match name.as_str() {
                "customerId" => query.customer_id = Some(uuid(value).ok_or(InvalidListing::CustomerId)?),
                "state" => query.state = Some(value.parse().map_err(|()| InvalidListing::State)?),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                    query.limit = limit.ok_or(InvalidListing::Limit)?;
                }
                "cursor" => query.after = Some(Cursor::read(value).ok_or(InvalidListing::Cursor)?),
                _ => return Err(InvalidListing::Unknown),
            }
        }
        Ok(query)
    }
}

/// Cuts what the store returned to a page, with the cursor of the next one if there is more.
pub(crate) fn page(query: &ListingQuery, mut found: Vec<Purchase>) -> (Vec<Purchase>, Option<Cursor>) {
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(Cursor::of);
    (found, next)
}

/// A UUID in the form in which ids are stored: with hyphens, in lower case.
pub(crate) fn uuid(text: &str) -> Option<String> {
    // Other forms, such as one in braces, are no ids of ours.
    let is_hyphenated = text.len() == 36;
    is_hyphenated.then(|| Uuid::parse_str(text).ok()).flatten().map(|id| id.to_string())
}

#[cfg(test)]
#[path = "tests/listing.rs"]
mod tests;
