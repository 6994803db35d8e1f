//! Which records are not served while another one is not settled: a start of the same request, which would be judged apart from the first,
//! and a command for a delivery that is being cancelled, which would overtake the cancel. Other commands may overtake each other: the
//! newest wins, see [`crate::requests::last_command`]. No client.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};
use std::sync::Mutex;

use delivery_messages::records::text::cut;
use delivery_messages::{Action, Command, Topic, decode};
use delivery_observability::locks::lock;

use crate::requests::request::named_request;

/// The maximum number of bytes of an id in a message: it is whatever anyone has sent.
const MAX_ID: usize = 64;

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    Request(String),
    /// `cancels`: the ones behind it wait.
    Delivery {
        id: String,
        cancels: bool,
    },
}

impl Display for Claim {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(id) => write!(formatter, "the request {}", cut(id, MAX_ID)),
            Self::Delivery { id, .. } => write!(formatter, "the delivery {}", cut(id, MAX_ID)),
        }
    }
}

impl Claim {
    /// That of a record; none of one that says nothing of the kind.
    #[must_use]
    pub(crate) fn of(topic: Topic, value: Option<&[u8]>) -> Option<Self> {
        if topic == Topic::NewDirection {
            return value.and_then(named_request).map(Self::Request);
        }
        let command: Command = decode(topic, value).ok()?;
        Some(Self::Delivery { id: command.delivery_id, cancels: command.action == Action::Cancel })
    }

    /// Under which the ones behind it find it, if they are to wait.
    fn held(&self) -> Option<Self> {
        (!matches!(self, Self::Delivery { cancels: false, .. })).then(|| self.clone())
    }

    /// That for which it waits.
    fn awaited(&self) -> Self {
        match self {
            Self::Delivery { id, .. } => Self::Delivery { id: id.clone(), cancels: true },
            Self::Request(_) => self.clone(),
        }
    }
}

/// The claims of the records that are not settled.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<HashSet<Claim>>);

/// A record may be served. Until this is dropped, others wait.
#[derive(Debug)]
pub(crate) struct Claimed<'a> {
    claims: &'a Claims,
    held: Option<Claim>,
}

impl Claims {
    /// The right to serve a record, unless an earlier one has it.
    #[must_use]
    pub(crate) fn take(&self, claim: Option<&Claim>) -> Option<Claimed<'_>> {
        let mut all = lock(&self.0);
        let Some(claim) = claim else { return Some(Claimed { claims: self, held: None }) };
        if all.contains(&claim.awaited()) {
            return None;
        }
        let held = claim.held();
        all.extend(held.clone());
        Some(Claimed { claims: self, held })
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        if let Some(held) = &self.held {
            lock(&self.claims.0).remove(held);
        }
    }
}

#[cfg(test)]
#[path = "tests/claims.rs"]
mod tests;
