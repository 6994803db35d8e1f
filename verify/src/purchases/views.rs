//! What the services of purchases and invoices answer, as far as it is judged, and what a mail server has.

use delivery_messages::Millis;
use delivery_messages::sales::purchase::{Customer, DeliverTo, Item};
use serde::{Deserialize, Serialize};

/// How far a purchase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PurchaseState {
    /// Its payment is not settled yet.
    Pending,
    /// It is paid.
    Approved,
    /// Its payment was refused.
    Failed,
}

impl PurchaseState {
    /// The name in JSON, and in sentences.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Failed => "FAILED",
        }
    }
}

/// A purchase, as `GET /purchases/:id` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseView {
    /// A UUID.
    pub id: String,
    /// How far it is.
    pub state: PurchaseState,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who bought.
    pub customer: Customer,
    /// What was bought.
    pub items: Vec<Item>,
    /// The sum of all items, cents.
    pub total_cents: i64,
    /// By ISO 4217.
    pub currency: String,
    /// What is to be delivered, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_to: Option<DeliverTo>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Millis>,
    /// When its event was known to be in Kafka.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Millis>,
}

/// How far an invoice's e-mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EmailState {
    /// It waits.
    Pending,
    /// It is being sent; what became of it may not be known yet.
    Sending,
    /// A mail server has taken it.
    Sent,
    /// A mail server has refused the address for good.
    Bounced,
    /// It was given up.
    Failed,
}

impl EmailState {
    /// The name in JSON, and in sentences.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Sending => "SENDING",
            Self::Sent => "SENT",
            Self::Bounced => "BOUNCED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing more becomes of it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Bounced | Self::Failed)
    }
}

/// An invoice's e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailView {
    /// How far it is.
    pub state: EmailState,
    /// The header `Message-ID`, the same in every attempt.
    #[serde(default)]
    pub message_id: String,
    /// How often it was begun to be sent.
    #[serde(default)]
    pub attempts: u32,
    /// What the mail server said last, if it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When a mail server had taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Millis>,
}

/// An invoice, as `GET /invoices/:id` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceView {
    /// That of its purchase.
    pub id: String,
    /// The purchase's id.
    pub purchase_id: String,
    /// Who bought.
    pub customer: Customer,
    /// What was bought.
    pub items: Vec<Item>,
    /// The sum of all items, cents.
    pub total_cents: i64,
    /// By ISO 4217.
    pub currency: String,
    /// The series of the number.
    pub series: u32,
    /// The number in the series, from 1.
    pub number: u32,
    /// The number as it is printed: `000.000.042`.
    pub formatted_number: String,
    /// 44 digits; see [`super::access_key`].
    pub access_key: String,
    /// When it was issued.
    pub issued_at: Millis,
    /// Its e-mail.
    pub email: EmailView,
}

/// A page of purchases, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PurchasePage {
    /// The purchases.
    pub purchases: Vec<PurchaseView>,
    /// The cursor of the next page, if there is one.
    #[serde(default)]
    pub next: Option<String>,
}

/// A page of invoices, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InvoicePage {
    /// The invoices.
    pub invoices: Vec<InvoiceView>,
    /// The cursor of the next page, if there is one.
    #[serde(default)]
    pub next: Option<String>,
}

/// A mail that a mail server has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The header `Message-ID`, with or without its angle brackets.
    pub message_id: String,
    /// The addresses in the header `To`.
    pub to: Vec<String>,
    /// Whether it says in its header that it may be the second; absent: that was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_resent: Option<bool>,
}
