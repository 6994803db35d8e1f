//! The result: counts, a verdict, and the first offenders as sentences. These types define the JSON of
//! `kubectl delivery verify --purchases -o json`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The verdict on all purchases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PurchasesVerdict {
    /// Every approved purchase has its event, its invoice and its e-mail, each once, and nothing else has any.
    #[default]
    Complete,
    /// Nothing is wrong, but something has not come yet.
    Behind,
    /// Something is wrong.
    Broken,
}

impl PurchasesVerdict {
    /// The name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Behind => "behind",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for PurchasesVerdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// What is wrong, or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PurchaseProblem {
    /// An approved purchase is not in `compra`.
    NoEvent,
    /// The event of a purchase that does not exist, or is not approved.
    EventWithoutPurchase,
    /// The event differs from the purchase, or from an earlier event of it.
    WrongEvent,
    /// The event's key is not the customer's id.
    WrongKey,
    /// The total is not the sum of the items.
    WrongTotal,
    /// An approved purchase has no invoice.
    NoInvoice,
    /// The invoice of a purchase that does not exist, or is not approved.
    InvoiceWithoutPurchase,
    /// A purchase has more than one invoice.
    InvoiceTwice,
    /// The invoice differs from the purchase.
    WrongInvoice,
    /// A number of the series was left out.
    NumberMissing,
    /// Two invoices have the same number.
    NumberTwice,
    /// The access key is not valid, or of another invoice.
    WrongAccessKey,
    /// An invoice is not in `invoice.issued`.
    NotAnnounced,
    /// A record of `invoice.issued` differs from the invoice, or there is no such invoice.
    WrongAnnouncement,
    /// The e-mail has not been sent yet.
    EmailWaits,
    /// The e-mail was given up.
    EmailFailed,
    /// The e-mail bounced, and nothing says why.
    BounceUntold,
    /// The mail server does not have an e-mail that is said to be sent.
    MailMissing,
    /// The mail server has an e-mail more often than it was begun to be sent, or more than twice.
    MailTwice,
    /// The mail server has an e-mail twice, and neither says that it may be the second.
    RepeatUntold,
    /// The mail went to somebody else.
    WrongRecipient,
}

impl PurchaseProblem {
    /// The name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoEvent => "noEvent",
            Self::EventWithoutPurchase => "eventWithoutPurchase",
            Self::WrongEvent => "wrongEvent",
            Self::WrongKey => "wrongKey",
            Self::WrongTotal => "wrongTotal",
            Self::NoInvoice => "noInvoice",
            Self::InvoiceWithoutPurchase => "invoiceWithoutPurchase",
            Self::InvoiceTwice => "invoiceTwice",
            Self::WrongInvoice => "wrongInvoice",
            Self::NumberMissing => "numberMissing",
            Self::NumberTwice => "numberTwice",
            Self::WrongAccessKey => "wrongAccessKey",
            Self::NotAnnounced => "notAnnounced",
            Self::WrongAnnouncement => "wrongAnnouncement",
            Self::EmailWaits => "emailWaits",
            Self::EmailFailed => "emailFailed",
            Self::BounceUntold => "bounceUntold",
            Self::MailMissing => "mailMissing",
            Self::MailTwice => "mailTwice",
            Self::RepeatUntold => "repeatUntold",
            Self::WrongRecipient => "wrongRecipient",
        }
    }

    /// Whether it is only that something has not come yet: it comes when the service is back.
    #[must_use]
    pub const fn is_late(self) -> bool {
        matches!(self, Self::NoEvent | Self::NoInvoice | Self::NotAnnounced | Self::EmailWaits)
    }
}

impl fmt::Display for PurchaseProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// One thing that is wrong or missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offender {
    /// The kind.
    pub problem: PurchaseProblem,
    /// The purchase; none for a number that no invoice has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_id: Option<String>,
    /// A whole sentence that names it.
    pub sentence: String,
}

/// The result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurchasesReport {
    /// Purchases of the service.
    pub purchases: u64,
    /// Those that are paid.
    pub approved: u64,
    /// Those whose payment is not settled.
    pub pending: u64,
    /// Those whose payment was refused.
    pub failed: u64,
    /// Purchases with an event.
    pub events: u64,
    /// Events that repeat an earlier one of the same purchase; harmless, readers drop them.
    pub repeated_events: u64,
    /// Records of `compra` and `invoice.issued` that are none of their messages, or of no purchase and not valid; every reader sets them
    /// aside.
    pub unreadable: u64,
    /// Purchases and invoices whose records retention may have removed.
    pub expired: u64,
    /// Invoices.
    pub invoices: u64,
    /// Invoices whose e-mail was sent.
    pub sent: u64,
    /// Invoices whose e-mail bounced, with the reason.
    pub bounced: u64,
    /// Mails of invoices that the mail server has; absent: it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mails: Option<u64>,
    /// Mails that a mail server has a second time, each because its sender was interrupted before it had noted the first.
    pub repeated_mails: u64,
    /// The sum of the approved purchases, cents.
    pub approved_cents: i64,
    /// The sum of the invoices, cents.
    pub invoiced_cents: i64,
    /// Purchases that are too new to be through.
    pub under_way: u64,
    /// The verdict.
    pub verdict: PurchasesVerdict,
    /// How often each problem was found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub problems: BTreeMap<PurchaseProblem, u64>,
    /// The first of them, by the time of the purchase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offenders: Vec<Offender>,
}

impl PurchasesReport {
    /// The first thing that is wrong, or else missing.
    #[must_use]
    pub fn first_offender(&self) -> Option<&Offender> {
        self.offenders.iter().find(|offender| !offender.problem.is_late()).or_else(|| self.offenders.first())
    }

    /// Whether waiting may help: something is late, and nothing is wrong that cannot mend itself.
    #[must_use]
    pub fn may_settle(&self) -> bool {
        let settles = |problem: &PurchaseProblem| {
            // A batch of invoices appears one by one, and a mail server may list a mail a moment after it has taken it.
            problem.is_late() || matches!(problem, PurchaseProblem::NumberMissing | PurchaseProblem::MailMissing)
        };
        self.verdict != PurchasesVerdict::Complete && self.problems.keys().all(settles)
    }
}
