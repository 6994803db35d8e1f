//! The spans of a notification, as part of the trace of what it is about: a customer is told news, the notification is kept, and its e-mail
//! is sent. None without a trace. Nothing of a recipient is in them.

use delivery_observability::traces::{Kind, NewSpan, Span};

use crate::domain::notification::Notification;
use crate::domain::outbox::MailEnd;

/// News are being written to Kafka; `kind` is their kind.
#[must_use]
pub(crate) fn tell(trace: Option<&str>, kind: &'static str) -> Span {
    let mut span = begin(trace, NewSpan { name: "tell customer", kind: Kind::Producer, ..NewSpan::default() });
    span.text("news", kind);
    span
}

/// A notification was kept just now, at this attempt; what is measured is since it was asked for. `kind` is whether somebody waited for the answer.
pub(crate) fn kept(notification: &Notification, kind: Kind, attempt: u64) {
    let new = NewSpan { name: "notify", kind, since: Some(notification.created_at), ..NewSpan::default() };
    let mut span = begin(notification.trace.as_deref(), new);
    span.text("notification", &notification.id.to_string());
    span.number("attempt", i64::try_from(attempt).unwrap_or(i64::MAX));
}

/// An attempt to send the e-mail of a notification, which begins now.
#[must_use]
pub(crate) fn email(notification: &Notification, attempt: u64) -> Span {
    let mut span = begin(notification.trace.as_deref(), NewSpan { name: "send e-mail", ..NewSpan::default() });
    span.text("notification", &notification.id.to_string());
    span.number("attempt", i64::try_from(attempt).unwrap_or(i64::MAX));
    span
}

/// How that attempt ended. What the mail server has said may hold the address, so it is left out.
pub(crate) fn sent(mut span: Span, end: &MailEnd) {
    match end {
        MailEnd::Sent { .. } => {}
        MailEnd::Later { .. } => span.failed(&"It was not sent, and is tried again."),
        MailEnd::Bounced { .. } => span.failed(&"The address was refused for good."),
        MailEnd::Failed { .. } => span.failed(&"It was given up."),
    }
}

fn begin(trace: Option<&str>, new: NewSpan<'_>) -> Span {
    trace.map_or_else(Span::default, |trace| NewSpan { parent: Some(trace), ..new }.begin())
}
