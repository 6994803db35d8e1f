//! The e-mail of an invoice: its states, and the decisions that lead from one to the next.
//!
//! ```text
//! PENDING ─claim→ SENDING ─sent→ SENT
//!    ↑               │ ├─refused for good→ BOUNCED
//!    └──back-off─────┘ └─not taken for too long→ FAILED
//! ```
//!
//! `SENDING` is written before the server is asked, with a lease. A sender that is killed leaves the e-mail in that state, and nobody can know
//! whether the server has it: when the lease has ended, it is sent once more, and says so. Each change has a number, by which only one of
//! several senders makes it. Pure.

use delivery_messages::Millis;
use delivery_messages::records::text;
use serde::{Deserialize, Serialize};

/// For how long a claimed e-mail is left to its sender.
pub(crate) const LEASE: Millis = 120_000;
/// The wait before the second attempt; doubled with each.
const FIRST_RETRY: Millis = 1_000;
/// The maximum wait between two attempts: after a server was away, everything arrives within this time.
const LAST_RETRY: Millis = 60_000;
/// The furthest that an e-mail is put off, with room for clocks that differ.
pub(crate) const FURTHEST: Millis = 15 * 60_000;
/// So many attempts are made at least, so that a clock that is ahead alone gives nothing up.
const MIN_ATTEMPTS: u32 = 20;
/// The maximum number of bytes that are kept of an error.
const MAX_ERROR: usize = 512;

/// How far an e-mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum EmailState {
    /// It is to be sent, at once or when it is due again.
    Pending,
    /// A sender is at it, or was killed at it.
    Sending,
    /// The mail server has it.
    Sent,
    /// The mail server refused the recipient for good.
    Bounced,
    /// No mail server took it for as long as is tried.
    Failed,
}

/// The e-mail of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Email {
    pub state: EmailState,
    /// The number of changes so far.
    pub revision: i64,
    /// Which sender has it, or had it last: a name that no other sender has.
    #[serde(default)]
    pub holder: String,
    /// The header Message-ID, which no attempt changes: `<…@…>`.
    pub message_id: String,
    /// The attempts so far, with the one under way.
    pub attempts: u32,
    /// Whether the attempt under way may be the second that arrives.
    #[serde(default)]
    pub is_resent: bool,
    /// Whether an attempt so far may have arrived although nobody has noted it.
    #[serde(default)]
    pub in_doubt: bool,
    /// When to look at it again: the next attempt, or the end of the lease.
    pub due_at: Millis,
    /// What the last attempt failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When the server had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Millis>,
}

/// Whether something that is due then is due now. What is due in longer than anything is put off was put off by a clock that was wrong.
pub(crate) const fn is_due(due_at: Millis, now: Millis) -> bool {
    due_at <= now || due_at > now.saturating_add(FURTHEST)
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server has it.
    Sent,
    /// The server refused the recipient for good, or there is no such address.
    Refused(String),
    /// The server did not take it, and may later.
    NotTaken(String),
    /// The connection broke, or the server did not answer in time, so it may have it.
    InDoubt(String),
}

impl Outcome {
    /// The same, with other words where the server's quote the customer's address, which is kept in one place alone.
    #[must_use]
    pub(crate) fn without(self, address: &str) -> Self {
        let kept = |text: String| if address.is_empty() { text } else { text.replace(address, "the address") };
        match self {
            Self::Sent => Self::Sent,
            Self::Refused(error) => Self::Refused(kept(error)),
            Self::NotTaken(error) => Self::NotTaken(kept(error)),
            Self::InDoubt(error) => Self::InDoubt(kept(error)),
        }
    }

    /// A stable name for metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused(_) => "refused",
            Self::NotTaken(_) => "not-taken",
            Self::InDoubt(_) => "in-doubt",
        }
    }
}

impl Email {
    /// The e-mail of an invoice that was issued at this time.
    #[must_use]
    pub(crate) fn new(message_id: String, now: Millis) -> Self {
        Self {
            state: EmailState::Pending,
            revision: 0,
            holder: String::new(),
            message_id,
            attempts: 0,
            is_resent: false,
            in_doubt: false,
            due_at: now,
            last_error: None,
            sent_at: None,
        }
    }

    /// Whether nothing more is to be done about it.
    #[must_use]
    pub(crate) const fn is_settled(&self) -> bool {
        matches!(self.state, EmailState::Sent | EmailState::Bounced | EmailState::Failed)
    }

    /// What it becomes when a sender takes it now; `None` when it is not due, is settled, or another sender is at it.
    #[must_use]
    pub(crate) fn claimed(&self, now: Millis, holder: &str) -> Option<Self> {
        if self.is_settled() || !is_due(self.due_at, now) {
            return None;
        }
        let is_resent = self.in_doubt || self.state == EmailState::Sending;
        Some(Self {
            state: EmailState::Sending,
            revision: self.revision + 1,
            holder: holder.to_owned(),
            attempts: self.attempts.saturating_add(1),
            is_resent,
            due_at: now.saturating_add(LEASE),
            ..self.clone()
        })
    }

    /// What it becomes when an attempt has ended. `give_up_at` is when it is given up.
    #[must_use]
    pub(crate) fn after(&self, outcome: &Outcome, now: Millis, give_up_at: Millis) -> Self {
        let next = Self { revision: self.revision + 1, due_at: now, in_doubt: self.is_resent, ..self.clone() };
        let kept = |error: &str| Some(text::cut(error, MAX_ERROR).into_owned());
        match outcome {
            Outcome::Sent => Self { state: EmailState::Sent, sent_at: Some(now), last_error: None, ..next },
            Outcome::Refused(error) => Self { state: EmailState::Bounced, last_error: kept(error), ..next },
            Outcome::NotTaken(error) | Outcome::InDoubt(error) => {
                let due_at = now.saturating_add(self.pause());
                let is_over = due_at >= give_up_at && self.attempts >= MIN_ATTEMPTS;
                let state = if is_over { EmailState::Failed } else { EmailState::Pending };
                let in_doubt = next.in_doubt || matches!(outcome, Outcome::InDoubt(_));
                Self { state, due_at, in_doubt, last_error: kept(error), ..next }
            }
        }
    }

    /// The wait after the attempt under way, should it fail.
    fn pause(&self) -> Millis {
        let doubled = self.attempts.saturating_sub(1).min(16);
        (FIRST_RETRY << doubled).min(LAST_RETRY)
    }
}

#[cfg(test)]
#[path = "tests/email.rs"]
mod tests;
