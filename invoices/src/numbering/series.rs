//! A series of numbers, without gaps and without repeats, in any number of issuers that may be killed anywhere.
//!
//! The compare-and-swap is the insertion of the invoices themselves: a store that has nothing else can still refuse a document whose unique
//! value is there. (Some servers of `MongoDB`'s protocol read, compare and write an update in three steps, between which others may write;
//! an insertion into a unique index is one step in all of them.) Two values are unique: the invoice's id, which is its purchase's, and series and
//! number together. The protocol:
//!
//! 1. look which purchases have no invoice, and what the last number is, or any number before it that an invoice has;
//! 2. give them the numbers after it, in order ([`block`]);
//! 3. insert the invoices in this order, and stop at the first that is refused: somebody was faster; begin anew.
//!
//! **No second number.** A purchase's second invoice is refused because of its id. **No gap.** An invoice with the number *n* is inserted only
//! after one with *n* − 1 exists: the first follows a number that an invoice has, each other one its predecessor, and an invoice is never
//! removed. So there is none to be made up for, wherever an issuer is killed: number and document are one.

use std::collections::HashSet;

use delivery_messages::Millis;

use crate::domain::invoice::{Invoice, Issuer, Order};

/// The largest number: an access key has nine digits for it.
pub(crate) const MAX_NUMBER: u32 = 999_999_999;
/// The maximum number of purchases that get their numbers at once.
pub(crate) const MAX_BLOCK: usize = 50;

/// All numbers of the series are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("All {MAX_NUMBER} numbers of the series {series} are taken. Set series to one that was not used yet.")]
pub(crate) struct Exhausted {
    /// The series.
    pub series: u32,
}

/// The invoices of the purchases that have none, each once, in their order, with the numbers after `last`.
///
/// # Errors
/// When there are not enough numbers left.
pub(crate) fn block(
    orders: &[Order],
    known: &HashSet<String>,
    issuer: &Issuer,
    last: u32,
    now: Millis,
) -> Result<Vec<Invoice>, Exhausted> {
    let (mut seen, mut block, mut last) = (HashSet::new(), Vec::new(), last);
    for order in orders {
        let id = &order.purchase.purchase_id;
        if known.contains(id) || !seen.insert(id) {
            continue;
        }
        if last >= MAX_NUMBER {
            return Err(Exhausted { series: issuer.series });
        }
        last += 1;
        block.push(Invoice::of(order, issuer, last, now));
    }
    Ok(block)
}

#[cfg(test)]
#[path = "tests/series.rs"]
mod tests;
