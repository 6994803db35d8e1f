//! What follows from an attempt to send a mail. Pure.

use delivery_mail::Failure;
use delivery_messages::Millis;

use crate::domain::outbox::MailEnd;

/// The pause after the first failure, milliseconds; doubled with each.
const FIRST: Millis = 2_000;
/// The longest pause, milliseconds: a mail server that is back is tried again soon.
const LONGEST: Millis = 60_000;
/// After this time, milliseconds, a mail is given up,
const PATIENCE: Millis = 24 * 3_600_000;
/// but not before so many attempts.
const ATTEMPTS: u64 = 20;

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MailError {
    /// The address cannot stand in a mail.
    #[error("The e-mail address cannot be used: {0}.")]
    Address(String),
    /// The recipient's address is not known now.
    #[error("The recipient's address cannot be read: {0}")]
    Recipient(String),
    /// The mail server does not have it, or may not have it.
    #[error(transparent)]
    Server(#[from] Failure),
}

impl MailError {
    /// Whether the address is at fault, so that the mail would never arrive.
    fn is_the_addresses(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Server(Failure::Refused(_)))
    }
}

/// How an attempt ended that is the `attempt`th, from 1, of a mail of that age in milliseconds.
#[must_use]
pub(crate) fn end(outcome: Result<(), MailError>, attempt: u64, age: Millis, now: Millis) -> MailEnd {
    let Err(error) = outcome else { return MailEnd::Sent { at: now } };
    let text = error.to_string();
    if error.is_the_addresses() {
        return MailEnd::Bounced { error: text };
    }
    if age > PATIENCE && attempt >= ATTEMPTS {
        return MailEnd::Failed { error: format!("{text} It was given up after {attempt} attempts.") };
    }
    let in_doubt = matches!(error, MailError::Server(Failure::InDoubt(_)));
    MailEnd::Later { due: now.saturating_add(pause(attempt)), error: text, in_doubt }
}

/// The pause after the failure of an attempt, milliseconds.
fn pause(attempt: u64) -> Millis {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST.saturating_mul(2_i64.saturating_pow(doublings)).min(LONGEST)
}

#[cfg(test)]
#[path = "tests/retry.rs"]
mod tests;
