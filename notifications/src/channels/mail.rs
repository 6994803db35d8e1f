//! The mail of a notification. Pure.
//!
//! Nothing that a stranger wrote comes into a header as it is: the address was examined, and the subject is one line, which is encoded. What
//! looks like HTML is text, since the mail is.

use delivery_messages::sales::purchase::Language;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::{Address, Message};

use super::retry::MailError;
use crate::domain::notification::Notification;
use crate::domain::text::{Email, Link};

/// The maximum length of a subject, in characters.
const MAX_SUBJECT: usize = 78;
/// Says that the mail was written by a machine (RFC 3834), so that no other machine answers it.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
/// Says that the same mail may have been sent before.
const RESENT: HeaderName = HeaderName::new_from_ascii_str("X-Code-Delivery-Resent");

/// By whom mails are sent, and where their links lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letterhead {
    /// The sender's address.
    pub from: Address,
    /// The map's address, without a slash at its end.
    pub public_url: Option<String>,
}

/// The mail of a notification; `again` is whether it may have been sent before.
///
/// # Errors
/// When the address cannot stand in a mail.
pub(crate) fn mail(
    letterhead: &Letterhead,
    notification: &Notification,
    to: &Email,
    language: Language,
    again: bool,
) -> Result<Message, MailError> {
    let to = to.as_str().parse::<Address>().map_err(|error| MailError::Address(error.to_string()))?;
    let message_id = format!("<{}@{}>", notification.id, letterhead.from.domain());
    let mut message = Message::builder()
        .from(Mailbox::new(Some("Code Delivery".to_owned()), letterhead.from.clone()))
        .to(Mailbox::new(None, to))
        .subject(subject(notification.content.as_str()))
        .message_id(Some(message_id))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()));
    if again {
        message = message.raw_header(HeaderValue::new(RESENT, "true".to_owned()));
    }
    let text = text(letterhead.public_url.as_deref(), notification, language);
    message.singlepart(SinglePart::plain(text)).map_err(|error| MailError::Address(error.to_string()))
}

/// The beginning of a text, in one line.
fn subject(content: &str) -> String {
    let line: String = content.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    if line.chars().count() <= MAX_SUBJECT {
        return line;
    }
    line.chars().take(MAX_SUBJECT - 1).chain(['…']).collect()
}

/// The body of the mail.
fn text(public_url: Option<&str>, notification: &Notification, language: Language) -> String {
    let (more, why) = match language {
        Language::Portuguese => ("Acompanhe no mapa", "Você recebe esta mensagem por causa de uma compra ou entrega."),
        Language::English => ("Follow it on the map", "You receive this message because of a purchase or a delivery."),
    };
    let link = public_url.zip(notification.link.as_ref().map(Link::as_str));
    let link = link.map(|(url, path)| format!("{more}: {url}{path}\n\n")).unwrap_or_default();
    format!("{}\n\n{link}-- \n{why}\n", notification.content.as_str())
}

#[cfg(test)]
#[path = "tests/mail.rs"]
mod tests;
