use std::time::Instant;

use delivery_verify::purchases::{Books, Offender, PurchaseProblem, judge};

use super::*;
use crate::load::orders::Taken;

fn bought(customers: &[(&str, &str)]) -> Bought {
    let ordered = Instant::now();
    let one = |(id, customer): &(&str, &str)| Taken {
        id: (*id).to_owned(),
        customer: (*customer).to_owned(),
        ordered,
        attempts: 2,
    };
    let taken: Vec<_> = customers.iter().map(one).collect();
    Bought { orders: taken.len(), taken, failures: Vec::new() }
}

#[test]
fn an_order_that_was_given_up_breaks_the_promise() {
    let mut orders = bought(&[("p1", "a")]);
    let kept = taken(&orders);
    assert_eq!(
        (kept.kept, kept.tried_on.as_str()),
        (Some(true), "1 orders, 1 of them taken only when they were sent again")
    );
    orders.failures.push("the order 2: no answer".to_owned());
    assert_eq!(taken(&orders).kept, Some(false));
}

#[test]
fn a_purchase_that_was_taken_and_is_gone_breaks_the_promise() {
    let orders = bought(&[("p1", "a"), ("p2", "b")]);
    let approved = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(paid(&orders, &approved(&["p1", "p2", "of-others"])).kept, Some(true));
    let broken = paid(&orders, &approved(&["p1"]));
    assert_eq!(broken.facts, ["the purchase p2 is not there, or not paid"]);
}

#[test]
fn the_judges_offenders_are_the_violations_and_all_are_counted() {
    assert_eq!(complete(&judge(&Books::default())).kept, Some(true));
    let offender = Offender {
        problem: PurchaseProblem::NoInvoice,
        purchase_id: Some("p1".to_owned()),
        sentence: "The purchase p1 is APPROVED, but has no invoice.".to_owned(),
    };
    let report = PurchasesReport {
        verdict: PurchasesVerdict::Behind,
        problems: BTreeMap::from([(PurchaseProblem::NoInvoice, 40)]),
        offenders: vec![offender.clone()],
        ..PurchasesReport::default()
    };
    let broken = complete(&report);
    assert_eq!((broken.kept, broken.broken_by), (Some(false), 40));
    assert_eq!(broken.facts, [offender.sentence]);
}

#[test]
fn each_customer_is_told_twice_for_each_purchase() {
    let orders = bought(&[("p1", "a"), ("p2", "b"), ("p3", "a")]);
    let mut notifications = BTreeMap::from([("a".to_owned(), 4), ("b".to_owned(), 2)]);
    assert_eq!(notifications_of(&orders), notifications);
    assert_eq!(told(&orders, &notifications).kept, Some(true));
    for wrong in [1, 3] {
        notifications.insert("b".to_owned(), wrong);
        let broken = told(&orders, &notifications);
        assert_eq!(broken.facts, [format!("the customer b has {wrong} notifications instead of 2")]);
    }
}

#[test]
fn what_does_not_go_on_in_time_is_a_dash() {
    let resumption = Resumption { taken: Some(0.31), invoiced: Some(2.0), mailed: None, workloads: Some(9.96) };
    let seen = Effect { purchases: 120, resumption };
    let done = Done { at: 31.4, fault: "kill -9 the mail server", target: "mailpit-0".to_owned(), hit: true, seen };
    assert_eq!(
        done.row().split_whitespace().collect::<Vec<_>>(),
        ["31", "kill", "-9", "the", "mail", "server", "mailpit-0", "120", "0.3", "2.0", "-", "10.0"]
    );
    assert_eq!(done.row().chars().count(), head().chars().count());
}
