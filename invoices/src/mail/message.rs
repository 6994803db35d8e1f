//! The e-mail as bytes: a text, the same as HTML, and the invoice as a PDF.
//!
//! Nothing that a customer has entered can become a header: each is encoded by the library, and a name is stripped of control
//! characters before. Pure, but for the boundaries between the parts, which are random.

use std::time::{Duration, UNIX_EPOCH};

use delivery_messages::Millis;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::words;
use crate::domain::invoice::Invoice;

/// The header that says that this e-mail may have come before.
pub(crate) const RESENT_HEADER: &str = "X-Code-Delivery-Resent";

/// What is the same in all e-mails.
#[derive(Clone, Debug)]
pub(crate) struct SenderSettings {
    pub from: Mailbox,
    /// The address of the live map.
    pub map_url: Option<String>,
}

/// An e-mail as it is sent.
pub(crate) struct Letter {
    pub envelope: Envelope,
    pub raw: Vec<u8>,
}

/// Why there is no e-mail for an invoice.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    /// The customer's address is none.
    #[error("The customer's e-mail address is not valid: {0}.")]
    Address(#[from] AddressError),
    /// The parts do not make an e-mail.
    #[error("The e-mail cannot be put together: {0}.")]
    Message(#[from] lettre::error::Error),
    /// The library does not know a content type or a header.
    #[error("The e-mail cannot be put together: the {0} is not valid.")]
    Part(&'static str),
}

impl LetterError {
    /// A stable name for metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Address(_) => "InvalidAddress",
            Self::Message(_) | Self::Part(_) => "InvalidMessage",
        }
    }
}

/// The e-mail of an invoice.
///
/// # Errors
/// When the customer's address is none.
pub(crate) fn letter(
    invoice: &Invoice,
    settings: &SenderSettings,
    pdf: &[u8],
    now: Millis,
    is_resent: bool,
) -> Result<Letter, LetterError> {
    let address: Address = invoice.customer.email.parse()?;
    let link = invoice.map_link(settings.map_url.as_deref());
    let pdf_type = ContentType::parse("application/pdf").map_err(|_| LetterError::Part("content type"))?;
    let bodies = MultiPart::alternative()
        .singlepart(SinglePart::plain(words::text(invoice, link.as_deref())))
        .singlepart(SinglePart::html(words::html(invoice, link.as_deref())));
    let attached = Attachment::new(words::file_name(invoice)).body(pdf.to_vec(), pdf_type);
    let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or_default());
    let mut builder = Message::builder()
        .from(settings.from.clone())
        .to(Mailbox::new(Some(without_controls(&invoice.customer.name)), address))
        .subject(words::subject(invoice))
        .message_id(Some(invoice.email.message_id.clone()))
        .date(date);
    if is_resent {
        let name = HeaderName::new_from_ascii(RESENT_HEADER.to_owned()).map_err(|_| LetterError::Part("header"))?;
        builder = builder.raw_header(HeaderValue::new(name, "true".to_owned()));
    }
    let message = builder.multipart(MultiPart::mixed().multipart(bodies).singlepart(attached))?;
    Ok(Letter { envelope: message.envelope().clone(), raw: message.formatted() })
}

/// A text without control characters; spaces in their place.
fn without_controls(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
#[path = "tests/message.rs"]
mod tests;
