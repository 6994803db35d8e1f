//! The e-mails: each invoice's is sent, to its customer alone, and the mail server has what is said to be sent.

use std::collections::HashMap;

use super::findings::{Findings, number};
use super::report::PurchaseProblem;
use super::views::{EmailState, InvoiceView, Mail};

/// After a sender was killed between the mail server's answer and its note, one more mail is sent.
const MAX_MAILS: usize = 2;

impl<'a> Findings<'a> {
    /// What the invoice itself says of its e-mail.
    pub(super) fn email(&mut self, id: &'a str, invoice: &'a InvoiceView) {
        let (name, email) = (number(invoice), &invoice.email);
        let because = email.last_error.as_deref().filter(|error| !error.is_empty());
        let reason = because.map(|error| format!(": {}", error.trim_end_matches('.'))).unwrap_or_default();
        let of = format!("the invoice {name} of the purchase {id}");
        let (problem, sentence) = match email.state {
            EmailState::Sent => {
                self.report.sent += 1;
                return;
            }
            EmailState::Bounced if because.is_some() => {
                self.report.bounced += 1;
                return;
            }
            EmailState::Bounced => {
                (PurchaseProblem::BounceUntold, format!("The e-mail with {of} is BOUNCED, and nothing says why."))
            }
            EmailState::Failed => (PurchaseProblem::EmailFailed, format!("The e-mail with {of} was given up{reason}.")),
            EmailState::Pending | EmailState::Sending => (
                PurchaseProblem::EmailWaits,
                format!("The e-mail with {of} is {} after {} attempts{reason}.", email.state.name(), email.attempts),
            ),
        };
        self.note(problem, id, sentence);
    }

    pub(super) fn mails(&mut self) {
        let Some(mails) = &self.books.mails else { return };
        let mut by_id: HashMap<&str, Vec<&Mail>> = HashMap::new();
        for mail in mails {
            by_id.entry(bare(&mail.message_id)).or_default().push(mail);
        }
        let all: Vec<&InvoiceView> = self.invoices.values().flatten().copied().collect();
        let mut known = 0;
        for invoice in all {
            let found = by_id.get(bare(&invoice.email.message_id)).map(Vec::as_slice).unwrap_or_default();
            known += found.len() as u64;
            self.mail(invoice, found);
        }
        self.report.mails = Some(known);
    }

    fn mail(&mut self, invoice: &'a InvoiceView, found: &[&Mail]) {
        let id = invoice.purchase_id.as_str();
        let of = format!("the invoice {} of the purchase {id}", number(invoice));
        if found.is_empty() {
            if invoice.email.state == EmailState::Sent {
                let sentence = format!("The e-mail with {of} is SENT, but the mail server does not have it.");
                self.note(PurchaseProblem::MailMissing, id, sentence);
            }
            return;
        }
        let allowed = usize::try_from(invoice.email.attempts).unwrap_or(MAX_MAILS).clamp(1, MAX_MAILS);
        if found.len() > allowed {
            let (times, attempts) = (found.len(), invoice.email.attempts);
            let sentence =
                format!("The mail server has the e-mail with {of} {times} times, after {attempts} attempts.");
            self.note(PurchaseProblem::MailTwice, id, sentence);
        } else {
            self.report.repeated_mails += found.len() as u64 - 1;
            if found.iter().filter(|mail| mail.is_resent == Some(false)).count() > 1 {
                let sentence = format!(
                    "The mail server has the e-mail with {of} twice, and neither says that it may be the second."
                );
                self.note(PurchaseProblem::RepeatUntold, id, sentence);
            }
        }
        // To whom it went is known no more when the customer was erased.
        if invoice.customer.is_forgotten() {
            return;
        }
        let address = &invoice.customer.email;
        if found.iter().any(|mail| !matches!(mail.to.as_slice(), [to] if to.eq_ignore_ascii_case(address))) {
            // The addresses themselves are nobody's business in a report.
            self.note(
                PurchaseProblem::WrongRecipient,
                id,
                format!("The e-mail with {of} did not go to its customer alone."),
            );
        }
    }
}

/// A message's id without its angle brackets.
fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}
