//! An invoice, which follows from a purchase, a number and the time of issue alone. Pure.

use delivery_messages::sales::purchase::{Customer, DeliverTo, Item};
use delivery_messages::{InvoiceIssued, Millis, Purchase};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::IssuerConfig;
use crate::domain::access_key::access_key;
use crate::domain::email::Email;

/// An invoice, as it is stored. Its id is that of its purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invoice {
    /// The purchase's id.
    #[serde(rename = "_id")]
    pub id: String,
    pub customer: Customer,
    pub items: Vec<Item>,
    pub total_cents: i64,
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_to: Option<DeliverTo>,
    pub series: u32,
    pub number: u32,
    pub access_key: String,
    /// When the purchase was made, which is what an erasure counts.
    #[serde(default)]
    pub created_at: Millis,
    /// When the payment was approved.
    pub approved_at: Millis,
    pub issued_at: Millis,
    pub email: Email,
    /// The W3C trace context of the purchase's record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// A purchase that is to get an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub purchase: Purchase,
    /// The W3C trace context of its record.
    pub traceparent: Option<String>,
}

/// Who issues, and from which domain the e-mails come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issuer {
    pub company: IssuerConfig,
    /// The series of the numbers.
    pub series: u32,
    /// The domain after the `@` of a Message-ID.
    pub mail_domain: String,
}

impl Invoice {
    /// The invoice of a purchase that got this number.
    #[must_use]
    pub(crate) fn of(order: &Order, issuer: &Issuer, number: u32, issued_at: Millis) -> Self {
        let Order { purchase, traceparent } = order;
        let id = &purchase.purchase_id;
        Self {
            id: id.clone(),
            customer: purchase.customer.clone(),
            items: purchase.items.clone(),
            total_cents: purchase.total_cents,
            currency: purchase.currency.clone(),
            deliver_to: purchase.deliver_to.clone(),
            series: issuer.series,
            number,
            access_key: access_key(&issuer.company, issuer.series, number, id, issued_at),
            created_at: purchase.created_at,
            approved_at: purchase.approved_at,
            issued_at,
            email: Email::new(format!("<invoice-{id}@{}>", issuer.mail_domain), issued_at),
            traceparent: traceparent.clone(),
        }
    }

    /// The number as it is printed: `000.000.042`.
    #[must_use]
    pub(crate) fn formatted_number(&self) -> String {
        formatted_number(self.number)
    }

    /// The message that it was issued.
    #[must_use]
    pub(crate) fn issued(&self) -> InvoiceIssued {
        InvoiceIssued {
            invoice_id: self.id.clone(),
            purchase_id: self.id.clone(),
            customer_id: self.customer.id.clone(),
            series: self.series,
            number: self.number,
            access_key: self.access_key.clone(),
            total_cents: self.total_cents,
            issued_at: self.issued_at,
        }
    }

    /// The address of the live map with only this purchase's delivery in its list, and followed; `None` when nothing is delivered.
    ///
    /// The operator names a delivery after its route and the first digits of the hash of the request's id, which is the purchase's. The map
    /// searches its list by name, and follows what the name ends with (`web/src/following.ts`): the delivery's id is not known yet.
    #[must_use]
    pub(crate) fn map_link(&self, map_url: Option<&str>) -> Option<String> {
        let (url, _) = (map_url?, self.deliver_to.as_ref()?);
        let hash = format!("{:x}", Sha256::digest(&self.id));
        let mark = hash.get(..12)?;
        Some(format!("{}/#?q={mark}&follow={mark}", url.trim_end_matches('/')))
    }
}

/// A number of nine digits in groups of three.
fn formatted_number(number: u32) -> String {
    format!("{:03}.{:03}.{:03}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}

#[cfg(test)]
#[path = "tests/invoice.rs"]
mod tests;
