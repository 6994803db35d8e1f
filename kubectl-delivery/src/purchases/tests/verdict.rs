use std::collections::BTreeMap;

use delivery_verify::purchases::{Offender, PurchaseProblem};

use super::*;

fn report() -> PurchasesReport {
    PurchasesReport {
        purchases: 101,
        approved: 100,
        failed: 1,
        events: 100,
        invoices: 100,
        sent: 99,
        bounced: 1,
        approved_cents: 398_005,
        ..PurchasesReport::default()
    }
}

#[test]
fn a_complete_shop_is_a_row_and_a_sentence() {
    assert_eq!(
        table(&report()),
        "PURCHASES   APPROVED   EVENTS   REPEATS   INVOICES   SENT   BOUNCED   VERDICT\n\
         \x20     101        100      100         0        100     99         1   complete\n"
    );
    assert_eq!(
        sentences(&report(), false),
        "100 approved purchases: each has one event, one invoice and one e-mail; no number is missing or was given twice. \
         Total: 3980.05.\n"
    );
    let with_mails = PurchasesReport { mails: Some(100), ..report() };
    assert!(
        table(&with_mails)
            .starts_with("PURCHASES   APPROVED   EVENTS   REPEATS   INVOICES   SENT   BOUNCED   MAILS   VERDICT\n")
    );
}

#[test]
fn the_first_offender_comes_first_and_the_others_only_if_they_are_wanted() {
    let offender = |problem, sentence: &str| Offender { problem, purchase_id: None, sentence: sentence.into() };
    let broken = PurchasesReport {
        verdict: PurchasesVerdict::Broken,
        problems: BTreeMap::from([(PurchaseProblem::NoInvoice, 2), (PurchaseProblem::NumberTwice, 1)]),
        offenders: vec![
            offender(PurchaseProblem::NumberTwice, "The number 000.000.002 was given twice.\u{1b}"),
            offender(PurchaseProblem::NoInvoice, "The purchase p has no invoice."),
        ],
        unreadable: 1,
        expired: 3,
        ..report()
    };
    assert_eq!(
        sentences(&broken, false),
        "The number 000.000.002 was given twice.\u{fffd}\n\
         In all: 2 noInvoice, 1 numberTwice.\n\
         In addition, 1 record cannot be read; every reader sets it aside.\n\
         In addition, 3 records may have been removed by retention.\n"
    );
    assert_eq!(sentences(&broken, true).lines().nth(1), Some("The purchase p has no invoice."));
}
