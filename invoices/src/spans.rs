//! The spans of an invoice, as part of the trace of its purchase: it was issued, and its e-mail is sent. None without a trace.

use delivery_observability::traces::{Kind, NewSpan, Span};

use crate::domain::email::Outcome;
use crate::domain::invoice::Invoice;

/// It was stored just now, in one attempt or after others; what is measured is since the approval of its purchase.
pub(crate) fn issued(invoice: &Invoice, attempt: u32) {
    let since = Some(invoice.approved_at);
    let mut span = begin(invoice, NewSpan { name: "issue invoice", kind: Kind::Consumer, since, ..NewSpan::default() });
    span.number("number", invoice.number);
    span.number("attempt", attempt);
}

/// An attempt to send its e-mail, which begins now.
#[must_use]
pub(crate) fn email(invoice: &Invoice) -> Span {
    let mut span = begin(invoice, NewSpan { name: "send e-mail", ..NewSpan::default() });
    span.number("attempt", invoice.email.attempts);
    span
}

/// How that attempt ended.
pub(crate) fn sent(mut span: Span, outcome: &Outcome) {
    match outcome {
        Outcome::Sent => {}
        Outcome::Refused(why) | Outcome::NotTaken(why) | Outcome::InDoubt(why) => span.failed(why),
    }
}

fn begin(invoice: &Invoice, new: NewSpan<'_>) -> Span {
    let Some(parent) = invoice.traceparent.as_deref() else { return Span::default() };
    let mut span = NewSpan { parent: Some(parent), ..new }.begin();
    span.text("purchase", &invoice.id);
    span
}
