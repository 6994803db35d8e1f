//! The books in order, what was found wrong in them so far, and the report that follows. What is wrong is left to the files of each kind.

use std::collections::{BTreeMap, BTreeSet};

use delivery_messages::Millis;

use super::access_key;
use super::books::{Books, LogPart};
use super::report::{Offender, PurchaseProblem, PurchasesReport, PurchasesVerdict};
use super::views::{InvoiceView, PurchaseState, PurchaseView};
use crate::subject::MAX_CLOCK_SKEW;

/// The maximum number of offenders that are named.
const MAX_OFFENDERS: usize = 20;

/// The books in order, and what was found so far.
pub(super) struct Findings<'a> {
    pub(super) books: &'a Books,
    pub(super) purchases: BTreeMap<&'a str, &'a PurchaseView>,
    /// By purchase, each of its invoices once.
    pub(super) invoices: BTreeMap<&'a str, Vec<&'a InvoiceView>>,
    /// By the time of the purchase, so that the first offender is the oldest.
    pub(super) found: Vec<(Millis, Offender)>,
    under_way: BTreeSet<&'a str>,
    pub(super) report: PurchasesReport,
}

impl<'a> Findings<'a> {
    pub(super) fn new(books: &'a Books) -> Self {
        let purchases = books.purchases.iter().map(|purchase| (purchase.id.as_str(), purchase)).collect();
        let mut invoices: BTreeMap<&str, Vec<&InvoiceView>> = BTreeMap::new();
        for invoice in &books.invoices {
            let known = invoices.entry(invoice.purchase_id.as_str()).or_default();
            let place = |invoice: &InvoiceView| (invoice.series, invoice.number);
            // Listed again, perhaps with news of its e-mail.
            match known.iter_mut().find(|other| place(other) == place(invoice)) {
                Some(same) => *same = invoice,
                None => known.push(invoice),
            }
        }
        Self {
            books,
            purchases,
            invoices,
            found: Vec::new(),
            under_way: BTreeSet::new(),
            report: PurchasesReport::default(),
        }
    }

    /// Notes what is wrong or missing of a purchase.
    pub(super) fn note(&mut self, problem: PurchaseProblem, id: &'a str, sentence: String) {
        // The mails were read before the log, which may tell of an invoice that was mailed since.
        let is_late = problem.is_late() || problem == PurchaseProblem::MailMissing;
        if is_late && self.books.newer.contains(id) {
            self.under_way.insert(id);
            return;
        }
        let at = self.purchases.get(id).map_or(Millis::MAX, |purchase| purchase.created_at);
        self.found.push((at, Offender { problem, purchase_id: Some(id.to_owned()), sentence }));
    }

    /// Notes what belongs to no approved purchase.
    pub(super) fn stray(&mut self, problem: PurchaseProblem, id: &str, sentence: String) {
        let at = self.purchases.get(id).map_or(Millis::MAX, |purchase| purchase.created_at);
        self.found.push((at, Offender { problem, purchase_id: Some(id.to_owned()), sentence }));
    }

    /// The purchase, if it is approved.
    pub(super) fn approved(&self, id: &str) -> Option<&'a PurchaseView> {
        self.purchases.get(id).copied().filter(|purchase| purchase.state == PurchaseState::Approved)
    }

    /// Why what a purchase has should not be: the end of a sentence.
    pub(super) fn without_right(&self, id: &str) -> String {
        match self.purchases.get(id) {
            Some(purchase) => format!("is {}", purchase.state.name()),
            None => "is not known to the service of purchases".to_owned(),
        }
    }

    pub(super) fn finish(mut self) -> PurchasesReport {
        self.found.sort_by_key(|(at, offender)| (*at, offender.purchase_id.clone(), offender.problem));
        for (_, offender) in &self.found {
            *self.report.problems.entry(offender.problem).or_default() += 1;
        }
        self.report.under_way = self.under_way.len() as u64;
        self.report.verdict = if self.found.is_empty() {
            PurchasesVerdict::Complete
        } else if self.found.iter().all(|(_, offender)| offender.problem.is_late()) {
            PurchasesVerdict::Behind
        } else {
            PurchasesVerdict::Broken
        };
        // What is wrong goes before what is only late.
        let (late, wrong): (Vec<_>, Vec<_>) =
            self.found.into_iter().map(|(_, offender)| offender).partition(|offender| offender.problem.is_late());
        self.report.offenders = wrong.into_iter().chain(late).take(MAX_OFFENDERS).collect();
        self.report
    }
}

/// Whether retention may have removed the records of what happened at that time.
pub(super) fn is_expired(at: Millis, log: &LogPart) -> bool {
    at.saturating_sub(MAX_CLOCK_SKEW) < log.complete_since
}

/// The first field that is not the same.
pub(super) fn first_difference(fields: &[(&'static str, bool)]) -> Option<&'static str> {
    fields.iter().find(|(_, same)| !same).map(|(name, _)| *name)
}

/// How an invoice is named: its number, with the series if it is not the first.
pub(super) fn number(invoice: &InvoiceView) -> String {
    let number = access_key::formatted(invoice.number);
    if invoice.series == 1 { number } else { format!("{number} (series {})", invoice.series) }
}
