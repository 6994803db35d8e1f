//! The invoices: one of each approved purchase, like it, with a number of a series without gaps, and announced in `invoice.issued`.

use std::collections::{BTreeMap, BTreeSet};

use delivery_messages::{InvoiceIssued, Millis};

use super::access_key;
use super::books::{LogRecord, invoice_of};
use super::findings::{Findings, first_difference, is_expired, number};
use super::report::{Offender, PurchaseProblem};
use super::views::{InvoiceView, PurchaseState, PurchaseView};

/// The maximum number of missing numbers of a series that are looked at one by one.
const MAX_MISSING: usize = 1_000;

impl<'a> Findings<'a> {
    pub(super) fn invoices(&mut self) {
        let all: Vec<(&str, Vec<&InvoiceView>)> =
            self.invoices.iter().map(|(id, invoices)| (*id, invoices.clone())).collect();
        for (id, invoices) in all {
            self.report.invoices += invoices.len() as u64;
            for invoice in &invoices {
                self.report.invoiced_cents = self.report.invoiced_cents.saturating_add(invoice.total_cents);
            }
            let Some(first) = invoices.first() else { continue };
            let Some(purchase) = self.approved(id) else {
                let sentence =
                    format!("The invoice {} is of the purchase {id}, which {}.", number(first), self.without_right(id));
                self.note(PurchaseProblem::InvoiceWithoutPurchase, id, sentence);
                continue;
            };
            if let Some(second) = invoices.get(1) {
                let sentence =
                    format!("The purchase {id} has more than one invoice: {} and {}.", number(first), number(second));
                self.note(PurchaseProblem::InvoiceTwice, id, sentence);
            }
            for invoice in invoices {
                self.invoice(purchase, invoice);
            }
        }
        let approved: Vec<_> =
            self.purchases.values().copied().filter(|purchase| purchase.state == PurchaseState::Approved).collect();
        for purchase in approved {
            let id = purchase.id.as_str();
            if !self.invoices.contains_key(id) {
                self.note(
                    PurchaseProblem::NoInvoice,
                    id,
                    format!("The purchase {id} is APPROVED, but has no invoice."),
                );
            }
        }
    }

    fn invoice(&mut self, purchase: &'a PurchaseView, invoice: &'a InvoiceView) {
        let (id, name) = (purchase.id.as_str(), number(invoice));
        if let Some(field) = invoice_difference(purchase, invoice) {
            let sentence = format!("The invoice {name} of the purchase {id} does not have the purchase's {field}.");
            self.note(PurchaseProblem::WrongInvoice, id, sentence);
        }
        if invoice.formatted_number != access_key::formatted(invoice.number) {
            let sentence =
                format!("The invoice {name} of the purchase {id} is printed as {}.", invoice.formatted_number);
            self.note(PurchaseProblem::WrongInvoice, id, sentence);
        }
        if let Err(problem) = access_key::check(&invoice.access_key, invoice.series, invoice.number) {
            let sentence = format!("The invoice {name} of the purchase {id} is not valid: its access key {problem}.");
            self.note(PurchaseProblem::WrongAccessKey, id, sentence);
        }
        self.email(id, invoice);
    }

    /// Every series from 1, without gaps and without repeats.
    pub(super) fn numbers(&mut self) {
        let mut series: BTreeMap<u32, BTreeMap<u32, Vec<&'a InvoiceView>>> = BTreeMap::new();
        for invoice in self.invoices.values().flatten().copied() {
            series.entry(invoice.series).or_default().entry(invoice.number).or_default().push(invoice);
        }
        for (series, numbers) in series {
            // Of the invoices that were issued meanwhile only some may have been seen.
            let is_certain =
                |invoices: &[&InvoiceView]| invoices.iter().any(|one| !self.books.newer.contains(&one.purchase_id));
            let certain = numbers.iter().filter(|(_, invoices)| is_certain(invoices)).map(|(number, _)| *number).max();
            let mut expected = 1_u32;
            let mut missing = 0;
            for (found, invoices) in numbers {
                if let [first, second, ..] = invoices.as_slice() {
                    let (id, other) = (first.purchase_id.as_str(), &second.purchase_id);
                    let sentence = format!(
                        "The number {} of series {series} was given twice: to the purchases {id} and {other}.",
                        access_key::formatted(found)
                    );
                    self.note(PurchaseProblem::NumberTwice, id, sentence);
                }
                if Some(found) > certain {
                    continue;
                }
                let at = invoices.first().map_or(Millis::MAX, |next| next.issued_at);
                for left_out in (expected..found).take(MAX_MISSING.saturating_sub(missing)) {
                    missing += 1;
                    let sentence = format!(
                        "No invoice has the number {} of series {series}, but one has {}.",
                        access_key::formatted(left_out),
                        access_key::formatted(found)
                    );
                    self.found
                        .push((at, Offender { problem: PurchaseProblem::NumberMissing, purchase_id: None, sentence }));
                }
                expected = found.saturating_add(1);
            }
        }
    }

    pub(super) fn announcements(&mut self) {
        let mut announced = BTreeSet::new();
        for record in &self.books.issued.records {
            let Some(issued) = invoice_of(record) else {
                self.report.unreadable += 1;
                continue;
            };
            self.announcement(record, &issued);
            announced.insert(issued.purchase_id);
        }
        let all: Vec<(&str, Vec<&InvoiceView>)> =
            self.invoices.iter().map(|(id, invoices)| (*id, invoices.clone())).collect();
        for (id, invoices) in all {
            let Some(invoice) = invoices.first().filter(|_| !announced.contains(id)) else { continue };
            if is_expired(invoice.issued_at, &self.books.issued) {
                self.report.expired += 1;
                continue;
            }
            let sentence = format!(
                "The invoice {} of the purchase {id} was issued, but the topic invoice.issued does not say so.",
                number(invoice)
            );
            self.note(PurchaseProblem::NotAnnounced, id, sentence);
        }
    }

    fn announcement(&mut self, record: &LogRecord, issued: &InvoiceIssued) {
        let LogRecord { partition, offset, .. } = record;
        let id = &issued.purchase_id;
        let invoices = self.invoices.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        if invoices.iter().any(|invoice| is_same(invoice, record, issued)) {
            return;
        }
        let what = if invoices.is_empty() { "has no invoice" } else { "has an invoice that differs" };
        let sentence = format!(
            "The topic invoice.issued (partition {partition}, offset {offset}) tells of the number {} for the purchase {id}, which \
             {what}.",
            access_key::formatted(issued.number)
        );
        self.stray(PurchaseProblem::WrongAnnouncement, id, sentence);
    }
}

/// The first field in which an invoice differs from its purchase.
fn invoice_difference(purchase: &PurchaseView, invoice: &InvoiceView) -> Option<&'static str> {
    first_difference(&[
        ("id", purchase.id == invoice.id),
        ("customer", purchase.customer.is_same(&invoice.customer)),
        ("items", purchase.items == invoice.items),
        ("totalCents", purchase.total_cents == invoice.total_cents),
        ("currency", purchase.currency == invoice.currency),
    ])
}

/// Whether a record of `invoice.issued` is of this invoice.
fn is_same(invoice: &InvoiceView, record: &LogRecord, issued: &InvoiceIssued) -> bool {
    record.key.as_deref() == Some(issued.customer_id.as_str())
        && invoice.id == issued.invoice_id
        && invoice.customer.id == issued.customer_id
        && (invoice.series, invoice.number) == (issued.series, issued.number)
        && invoice.access_key == issued.access_key
        && invoice.total_cents == issued.total_cents
        && invoice.issued_at == issued.issued_at
}
