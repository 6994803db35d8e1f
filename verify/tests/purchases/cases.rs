//! Single cases: an empty shop, records that are none, the order of the offenders, sums that overflow.

use delivery_verify::purchases::{Books, LogRecord, PurchaseProblem, PurchaseState, PurchasesVerdict, judge};

use crate::shop::{event_of, id, record, shop};

#[test]
fn a_shop_without_purchases_is_complete() {
    let report = judge(&Books::default());
    assert_eq!((report.verdict, report.purchases, report.mails), (PurchasesVerdict::Complete, 0, None));
}

#[test]
fn records_that_are_no_events_are_counted_and_stop_nothing() {
    let mut books = shop(&[PurchaseState::Approved]);
    for value in [None, Some("no json"), Some("[]"), Some("{}")] {
        let poisoned = LogRecord { value: value.map(str::to_owned), ..LogRecord::default() };
        books.events.records.insert(0, poisoned.clone());
        books.issued.records.insert(0, poisoned);
    }
    let report = judge(&books);
    assert_eq!((report.verdict, report.unreadable), (PurchasesVerdict::Complete, 8));
}

#[test]
fn an_event_that_somebody_forged_is_wrong_unless_no_reader_takes_it() {
    let mut books = shop(&[PurchaseState::Approved]);
    let mut forged = event_of(&books.purchases[0]);
    forged.purchase_id = id(77);
    forged.total_cents += 1;
    books.events.records.push(record(&forged, 7));
    let report = judge(&books);
    assert_eq!((report.verdict, report.unreadable, report.events), (PurchasesVerdict::Complete, 1, 1));
    forged.total_cents -= 1;
    books.events.records.push(record(&forged, 8));
    let report = judge(&books);
    assert_eq!(report.problems.keys().collect::<Vec<_>>(), [&PurchaseProblem::EventWithoutPurchase]);
    assert!(report.offenders[0].sentence.contains("is not known to the service of purchases"));
}

#[test]
fn what_is_wrong_is_named_before_what_is_late_and_the_oldest_first() {
    let mut books = shop(&[PurchaseState::Approved; 5]);
    // The first two purchases wait for their events; the events of the last two say something else.
    for record in &mut books.events.records[3..] {
        *record.value.as_mut().unwrap() = record.value.as_ref().unwrap().replace("café", "coffee");
    }
    books.events.records.drain(..2);
    let report = judge(&books);
    let named: Vec<_> = report.offenders.iter().map(|one| (one.problem, one.purchase_id.clone().unwrap())).collect();
    assert_eq!(
        named,
        [
            (PurchaseProblem::WrongEvent, id(3)),
            (PurchaseProblem::WrongEvent, id(4)),
            (PurchaseProblem::NoEvent, id(0)),
            (PurchaseProblem::NoEvent, id(1)),
        ]
    );
    assert_eq!(
        report.first_offender().unwrap().sentence,
        format!("The event of the purchase {} (partition 1, offset 3) does not have the purchase's items.", id(3))
    );
    assert!(!report.may_settle());
}

#[test]
fn an_announcement_of_a_purchase_that_nobody_knows_is_read_again_and_then_wrong() {
    let mut books = shop(&[PurchaseState::Approved, PurchaseState::Approved]);
    books.invoices.remove(0);
    books.purchases.remove(0);
    books.mails = None;
    books.events.records.pop();
    let again = books.to_read_again();
    assert_eq!(again.purchases.into_iter().collect::<Vec<_>>(), [id(1)]);
    assert_eq!(again.invoices.into_iter().collect::<Vec<_>>(), [id(1)]);
    let report = judge(&books);
    assert_eq!(
        report.first_offender().unwrap().sentence,
        format!(
            "The topic invoice.issued (partition 2, offset 1) tells of the number 000.000.002 for the purchase {}, which has no invoice.",
            id(1)
        )
    );
}

#[test]
fn a_sum_that_cannot_be_counted_is_wrong_and_no_panic() {
    let mut books = shop(&[PurchaseState::Failed]);
    let item = &mut books.purchases[0].items[0];
    (item.quantity, item.unit_price_cents) = (u32::MAX, i64::MAX);
    let report = judge(&books);
    assert_eq!(report.problems.keys().collect::<Vec<_>>(), [&PurchaseProblem::WrongTotal]);
    assert!(report.offenders[0].sentence.contains("more than can be counted"), "{}", report.offenders[0].sentence);
}

#[test]
fn a_number_far_away_names_some_of_those_before_it_and_ends() {
    let mut books = shop(&[PurchaseState::Approved]);
    books.invoices[0].number = u32::MAX;
    let report = judge(&books);
    assert_eq!(report.problems[&PurchaseProblem::NumberMissing], 1_000);
    assert_eq!(report.offenders.len(), 20);
}

#[test]
fn the_report_is_read_as_it_was_written() {
    let mut books = shop(&[PurchaseState::Approved; 2]);
    books.events.records.clear();
    let report = judge(&books);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["problems"]["noEvent"], 2);
    assert_eq!(json["verdict"], "behind");
    assert_eq!(serde_json::from_value::<delivery_verify::purchases::PurchasesReport>(json).unwrap(), report);
}

#[test]
fn what_was_issued_meanwhile_leaves_no_gap_and_lacks_no_mail() {
    let mut books = shop(&[PurchaseState::Approved; 4]);
    // Of the last three, which were bought meanwhile, only the last was seen, and its mail not yet.
    books.newer.extend([id(1), id(2), id(3)]);
    books.invoices.drain(1..3);
    books.mails.as_mut().unwrap().truncate(1);
    books.issued.records.drain(1..3);
    let report = judge(&books);
    assert_eq!((report.verdict, report.under_way), (PurchasesVerdict::Complete, 3), "{report:?}");
    // What is missing before one that was awaited is missing.
    books.newer.remove(&id(3));
    let report = judge(&books);
    assert_eq!(report.problems[&PurchaseProblem::NumberMissing], 2);
    assert_eq!(report.problems[&PurchaseProblem::MailMissing], 1);
}
