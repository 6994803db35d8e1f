//! The e-mail with an invoice: its text, its bytes, and the mail server.
//!
//! [`message`] is pure; [`mailer`] hands it to the server. When to send what is left to `sender`. Imports `domain`.

mod words;
pub(crate) mod message;
pub(crate) mod mailer;
