//! What it means when an e-mail was not sent: for its recipient, for the next attempt, and for whether it may have arrived. Pure.

use delivery_messages::records::text::cut;

/// The maximum number of bytes that are kept of a server's answer.
const MAX_ANSWER: usize = 1024;

/// How far an attempt was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The connection, its encryption, the login, the sender.
    Before,
    /// The recipient's address.
    Recipient,
    /// The content was sent, whole or in part: without an answer, nobody can tell whether the server has it.
    Content,
}

/// Why an e-mail was not sent. The texts are parts of sentences, with the server's answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server refused the recipient for good: it would refuse the next attempt as well.
    #[error("The mail server refused the address for good: {0}.")]
    Refused(String),
    /// The server did not take it, and may later.
    #[error("The mail server did not take the mail: {0}.")]
    NotTaken(String),
    /// The server may have taken it.
    #[error("The mail server did not say whether it has taken the mail: {0}.")]
    InDoubt(String),
}

impl Failure {
    /// Of an attempt that got as far as `step`, with the `code` of the server's answer, if there was one.
    pub(crate) fn of(step: Step, code: Option<u16>, text: &str) -> Self {
        let text = cut(text, MAX_ANSWER).into_owned();
        match code {
            Some(code) if step != Step::Before && is_the_recipients(code, &text) => Self::Refused(text),
            None if step == Step::Content => Self::InDoubt(text),
            _ => Self::NotTaken(text),
        }
    }

    /// The text of whichever it is.
    #[must_use]
    pub fn into_text(self) -> String {
        match self {
            Self::Refused(text) | Self::NotTaken(text) | Self::InDoubt(text) => text,
        }
    }
}

/// Whether an answer is about the recipient, for good.
fn is_the_recipients(code: u16, text: &str) -> bool {
    match code {
        // The mailbox does not exist, has moved, is full for good, has no such name or syntax, or its domain takes no mail (RFC 5321 §4.2.3,
        // RFC 7504). Other answers beginning with 5 are about the server or the login, which somebody mends.
        501 | 550..=553 | 556 => true,
        // Anything from "no service here" to "no such user": the enhanced code (RFC 3463) tells, if there is one.
        554 => [" 5.1.", " 5.2."].iter().any(|enhanced| text.contains(enhanced)),
        _ => false,
    }
}

#[cfg(test)]
#[path = "tests/failure.rs"]
mod tests;
