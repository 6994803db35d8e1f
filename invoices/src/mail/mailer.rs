//! Hands an e-mail to the mail server, and says what came of it. Connections are left to `delivery-mail`.

use delivery_mail::{Failure, Smtp};

use super::message::Letter;
use crate::domain::email::Outcome;

/// Sends e-mails.
pub(crate) trait Mailer: Send + Sync + 'static {
    /// Sends one; what came of it.
    fn send(&self, letter: &Letter) -> impl Future<Output = Outcome> + Send;
}

impl Mailer for Smtp {
    async fn send(&self, letter: &Letter) -> Outcome {
        match Self::send(self, &letter.envelope, &letter.raw).await {
            Ok(()) => Outcome::Sent,
            Err(Failure::Refused(text)) => Outcome::Refused(text),
            Err(Failure::NotTaken(text)) => Outcome::NotTaken(text),
            Err(Failure::InDoubt(text)) => Outcome::InDoubt(text),
        }
    }
}

#[cfg(test)]
#[path = "tests/mailer.rs"]
mod tests;
