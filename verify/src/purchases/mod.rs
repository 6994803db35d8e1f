//! Judges whether every approved purchase has its event, one invoice with one number, and one e-mail, and nothing else has any.
//!
//! In the order of use: [`views`] is what the services answer, [`books`] everything that was read, in which order, and what may be missing
//! there for a while; [`mails`] are a part of it. [`access_key`] knows the rule of an invoice's 44 digits. [`report`] is the result, and
//! [`mod@judge`] comes to it: `findings` gathers what `events`, `invoices` and `emails` find wrong. Reading the services, Kafka and a mail
//! server is left to the callers. May import nothing else of this crate.

pub mod views;
pub mod mails;
pub mod books;
pub mod access_key;
pub mod report;
mod findings;
mod events;
mod invoices;
mod emails;
pub mod judge;

pub use books::{Books, LogPart, LogRecord};
pub use judge::judge;
pub use mails::{MailHeaders, MailList, MailPage};
pub use report::{Offender, PurchaseProblem, PurchasesReport, PurchasesVerdict};
pub use views::{EmailState, EmailView, InvoicePage, InvoiceView, Mail, PurchasePage, PurchaseState, PurchaseView};
