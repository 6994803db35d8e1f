//! The promises about purchases, and the output of a run with `--purchases`. Pure.

use std::collections::{BTreeMap, HashSet};

use delivery_verify::purchases::{PurchasesReport, PurchasesVerdict};
use serde::Serialize;

use super::judge::Promise;
use super::step::{self, Done, Seen, seconds};
use crate::faults::resumption::Resumption;
use crate::load::orders::Bought;

/// What the judge of `kubectl delivery verify --purchases` decides.
pub(crate) const COMPLETE: &str =
    "every paid purchase has one event, one invoice and one e-mail, and no number is missing or was given twice";

/// Each order was taken, and the same key gave the same purchase.
pub(crate) fn taken(bought: &Bought) -> Promise {
    let again = bought.taken.iter().filter(|taken| taken.attempts > 1).count();
    Promise::tried(
        "every order is taken, and the same idempotency key gives the same purchase",
        format!("{} orders, {again} of them taken only when they were sent again", bought.orders),
        bought.failures.clone(),
    )
}

/// Each purchase that was taken is there, and paid.
pub(crate) fn paid(bought: &Bought, approved: &HashSet<String>) -> Promise {
    let lost = bought.taken.iter().filter(|taken| !approved.contains(&taken.id));
    Promise::tried(
        "every purchase that was taken is there and paid",
        format!("{} purchases", bought.taken.len()),
        lost.map(|taken| format!("the purchase {} is not there, or not paid", taken.id)).collect(),
    )
}

/// The verdict of the judge.
pub(crate) fn complete(report: &PurchasesReport) -> Promise {
    let tried_on = format!(
        "{} paid purchases, {} events repeated, {} invoices, {} mails, {} of them repeated",
        report.approved,
        report.repeated_events,
        report.invoices,
        report.mails.unwrap_or_default(),
        report.repeated_mails
    );
    if report.verdict == PurchasesVerdict::Complete {
        return Promise::tried(COMPLETE, tried_on, Vec::new());
    }
    let facts = report.offenders.iter().map(|offender| offender.sentence.clone()).collect();
    // Of many the report names only some.
    let all = report.problems.values().sum::<u64>();
    Promise { broken_by: usize::try_from(all).unwrap_or(usize::MAX), ..Promise::tried(COMPLETE, tried_on, facts) }
}

/// Each customer has a notification of each purchase and one of each invoice.
pub(crate) fn told(bought: &Bought, notifications: &BTreeMap<String, usize>) -> Promise {
    let expected = notifications_of(bought);
    let otherwise = expected.iter().filter_map(|(customer, expected)| {
        let found = notifications.get(customer).copied().unwrap_or_default();
        (found != *expected).then(|| format!("the customer {customer} has {found} notifications instead of {expected}"))
    });
    Promise::tried(
        "every customer is told of each purchase and of each invoice once",
        format!("{} customers, {} notifications", expected.len(), notifications.values().sum::<usize>()),
        otherwise.collect(),
    )
}

/// How many notifications each customer is to have: of each purchase, and of its invoice.
pub(crate) fn notifications_of(bought: &Bought) -> BTreeMap<String, usize> {
    bought.by_customer().into_iter().map(|(customer, purchases)| (customer, 2 * purchases)).collect()
}

/// What was seen of the purchases after a step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Effect {
    /// How many purchases had been taken before.
    pub(crate) purchases: usize,
    #[serde(flatten)]
    pub(crate) resumption: Resumption,
}

impl Seen for Effect {
    fn columns(&self) -> String {
        let Self { purchases, resumption: Resumption { taken, invoiced, mailed, workloads } } = *self;
        format!(
            "{purchases:>6} {:>7} {:>8} {:>7} {:>6}",
            seconds(taken),
            seconds(invoiced),
            seconds(mailed),
            seconds(workloads)
        )
    }
}

/// The result of a run with `--purchases`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    pub(crate) run: String,
    pub(crate) seed: u64,
    pub(crate) purchases: usize,
    pub(crate) per_second: u32,
    pub(crate) seconds: f64,
    pub(crate) steps: Vec<Done<Effect>>,
    pub(crate) promises: Vec<Promise>,
}

/// The header of the table of steps.
pub(crate) fn head() -> String {
    step::head(&format!("{:>6} {:>7} {:>8} {:>7} {:>6}", "BOUGHT", "TAKEN", "INVOICED", "MAILED", "READY"))
}

/// What the columns mean.
pub(crate) const LEGEND: &str = "\
BOUGHT is the number of purchases so far. The others are seconds from the step until an order that was sent afterwards was taken (TAKEN),
its purchase had an invoice (INVOICED), the mail server had its e-mail (MAILED), and until all workloads were ready (READY).";

#[cfg(test)]
#[path = "tests/purchases.rs"]
mod tests;
