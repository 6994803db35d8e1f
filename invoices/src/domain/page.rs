//! Pages of invoices, the newest first: the parameters of a request, and the place to go on from.
//!
//! Pure. `cursor` is opaque to clients.

use std::collections::HashMap;

use delivery_messages::Millis;

use crate::domain::invoice::Invoice;

/// Invoices per page unless the client sets `limit`.
const DEFAULT_LIMIT: usize = 50;
/// The maximum of `limit`.
const MAX_LIMIT: usize = 200;

/// The parameters of a URL by name.
pub(crate) type Parameters = HashMap<String, String>;

/// Which invoices a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageQuery {
    /// Only those of this customer.
    pub customer_id: Option<String>,
    /// The maximum number on the page.
    pub limit: usize,
    /// Only those after this place, the last one of the previous page.
    pub after: Option<Place>,
}

/// The place of an invoice in the order of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub issued_at: Millis,
    pub id: String,
}

/// Why the parameters cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidPage {
    /// `limit` is not a number in range.
    #[error("The limit {0:?} is not an integer from 1 to {MAX_LIMIT}.")]
    Limit(String),
    /// `cursor` is not one of an earlier page.
    #[error("The parameter cursor takes the value that an earlier page returned as next.")]
    Cursor,
}

impl InvalidPage {
    /// A stable name, part of the HTTP API.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Limit(_) => "InvalidLimit",
            Self::Cursor => "InvalidCursor",
        }
    }
}

impl PageQuery {
    /// Reads the parameters of a URL.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, InvalidPage> {
        let given = |name: &str| parameters.get(name).filter(|text| !text.is_empty());
        let limit = given("limit").map(|limit| {
            let number = limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
            number.ok_or_else(|| InvalidPage::Limit(limit.chars().take(40).collect()))
        });
        let after = given("cursor").map(|cursor| Place::read(cursor).ok_or(InvalidPage::Cursor));
        Ok(Self {
            customer_id: given("customerId").cloned(),
            limit: limit.transpose()?.unwrap_or(DEFAULT_LIMIT),
            after: after.transpose()?,
        })
    }

    /// The page of what the store returned, of which it was asked for one more than the limit, and the cursor of the next page.
    #[must_use]
    pub(crate) fn page(&self, mut found: Vec<Invoice>) -> (Vec<Invoice>, Option<String>) {
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| more).map(|last| Place::of(last).to_string());
        (found, next)
    }
}

impl Place {
    /// The place of an invoice.
    #[must_use]
    pub(crate) fn of(invoice: &Invoice) -> Self {
        Self { issued_at: invoice.issued_at, id: invoice.id.clone() }
    }

    fn read(text: &str) -> Option<Self> {
        let (issued_at, id) = text.split_once('.')?;
        Some(Self { issued_at: issued_at.parse().ok()?, id: id.to_owned() })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.issued_at, self.id)
    }
}

#[cfg(test)]
#[path = "tests/page.rs"]
mod tests;
