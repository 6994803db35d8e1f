//! What the payment of a purchase came to. The first decision about a purchase counts, and no other ever does.

use delivery_messages::Millis;

/// What a payment comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is paid.
    Approved,
    /// It is not, with a stable name of the reason.
    Failed(String),
}

/// An outcome, and its place among all decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub purchase_id: String,
    pub outcome: Outcome,
    /// When it was made.
    pub at: Millis,
    /// Its place: a later decision has a greater one.
    pub sequence: i64,
}

/// Numbers the decisions of one term of the replica that works: those of a later term come after all of an earlier one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbering {
    next: i64,
}

impl Numbering {
    /// Of a term, counted from 1.
    pub(crate) fn of(term: u32) -> Self {
        // Half of the bits for the term, half for the decisions in it.
        Self { next: i64::from(term & 0x7fff_ffff) << 32 }
    }

    /// The next number.
    pub(crate) const fn next(&mut self) -> i64 {
        self.next += 1;
        self.next
    }
}

#[cfg(test)]
#[path = "tests/decision.rs"]
mod tests;
