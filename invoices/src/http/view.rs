//! What the API shows of an invoice. Pure.

use delivery_messages::Millis;
use delivery_messages::sales::purchase::{Customer, Item};
use serde::Serialize;

use crate::domain::email::EmailState;
use crate::domain::invoice::Invoice;

/// An invoice.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InvoiceView<'a> {
    id: &'a str,
    purchase_id: &'a str,
    customer: &'a Customer,
    items: &'a [Item],
    total_cents: i64,
    currency: &'a str,
    series: u32,
    number: u32,
    formatted_number: String,
    access_key: &'a str,
    issued_at: Millis,
    email: EmailView<'a>,
}

/// Its e-mail.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EmailView<'a> {
    state: EmailState,
    message_id: &'a str,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Millis>,
}

/// A page of invoices.
#[derive(Serialize)]
pub(super) struct PageView<'a> {
    pub invoices: Vec<InvoiceView<'a>>,
    /// The value of `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

impl<'a> InvoiceView<'a> {
    /// What is shown of an invoice.
    pub(super) fn of(invoice: &'a Invoice) -> Self {
        let email = &invoice.email;
        Self {
            id: &invoice.id,
            purchase_id: &invoice.id,
            customer: &invoice.customer,
            items: &invoice.items,
            total_cents: invoice.total_cents,
            currency: &invoice.currency,
            series: invoice.series,
            number: invoice.number,
            formatted_number: invoice.formatted_number(),
            access_key: &invoice.access_key,
            issued_at: invoice.issued_at,
            email: EmailView {
                state: email.state,
                message_id: &email.message_id,
                attempts: email.attempts,
                last_error: email.last_error.as_deref(),
                sent_at: email.sent_at,
            },
        }
    }
}
