//! `invoice.issued`: an invoice was issued for a purchase.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// An invoice that was issued. The key is the customer's id; a purchase has one invoice, and a record that comes twice is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceIssued {
    /// The invoice's id, which is that of its purchase.
    pub invoice_id: String,
    /// The purchase's id.
    pub purchase_id: String,
    /// The customer's id.
    pub customer_id: String,
    /// The series of the number, from 1.
    pub series: u32,
    /// The number in the series, from 1, without gaps and without repeats.
    pub number: u32,
    /// The access key: 44 digits, the last of which checks the others.
    pub access_key: String,
    /// The total, cents.
    pub total_cents: i64,
    /// When it was issued.
    pub issued_at: Millis,
}
