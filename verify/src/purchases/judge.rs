//! The judge: what was read in, the report out. What each kind of thing must be is left to the files before it.

use super::books::Books;
use super::findings::Findings;
use super::report::PurchasesReport;

/// Judges everything that was read.
#[must_use]
pub fn judge(books: &Books) -> PurchasesReport {
    let mut findings = Findings::new(books);
    findings.purchases();
    findings.events();
    findings.invoices();
    findings.numbers();
    findings.announcements();
    findings.mails();
    findings.finish()
}
