use delivery_messages::{PlanPhase, StatePhase};

use super::*;
use crate::domain::testing::{NOW, RECIPIENT};
use crate::projector::testing::{customer, invoice, plan, purchase, purchase_id, record_of, state};

/// What these records mean together.
fn folded(records: &[Record]) -> (Vec<Folded>, Work) {
    let mut fold = Fold::default();
    let folded = records.iter().map(|record| fold.take(record, NOW).unwrap()).collect();
    (folded, fold.finish(NextOffsets::new(), NOW).0)
}

fn running(number: u32) -> Record {
    record_of(&state(number, 3, 0.1, StatePhase::Running))
}

#[test]
fn all_that_is_told_of_a_purchase_in_a_batch_is_one_step() {
    let records = [record_of(&purchase(1)), record_of(&invoice(1)), record_of(&plan(1)), running(1)];
    let (folded, work) = folded(&records);
    assert_eq!(folded, [Folded::News; 4]);
    let [(subject, step)] = &work.steps.into_iter().collect::<Vec<_>>()[..] else { panic!("one step") };
    assert_eq!(*subject, purchase_id(1));
    assert_eq!(step.facts.kinds, [Kind::Approved, Kind::Invoiced, Kind::Accepted, Kind::UnderWay].into());
    assert_eq!(step.facts.bought.as_ref().map(|bought| bought.customer), Some(customer(1)));
    assert_eq!(step.facts.delivering.as_ref().map(|delivering| delivering.name.as_str()), Some("primeiro-1"));
    assert_eq!(work.customers.keys().copied().collect::<Vec<_>>(), [customer(1)]);
}

#[test]
fn plans_and_states_of_nobody_are_passed_over() {
    let gateways = Plan { client_id: "vX3kqQmT0rWbAAAB".to_owned(), ..plan(1) };
    let applied = Plan { client_id: String::new(), request_id: None, ..plan(2) };
    let (folded, work) = folded(&[record_of(&gateways), running(1), running(2), record_of(&applied)]);
    assert_eq!(folded, [Folded::Nobodys; 4]);
    assert_eq!(work, Work::default());
}

#[test]
fn a_delivery_that_was_not_bought_is_kept_under_its_own_id() {
    for request_id in [None, Some("route-1-request".to_owned())] {
        let (_, work) = folded(&[record_of(&Plan { request_id, client_id: RECIPIENT.to_owned(), ..plan(1) })]);
        assert_eq!(work.steps.keys().collect::<Vec<_>>(), ["delivery-1"]);
    }
}

#[test]
fn a_state_that_is_read_before_its_plan_counts_when_the_plan_comes() {
    let (folded, work) = folded(&[running(1), record_of(&plan(1))]);
    assert_eq!(folded, [Folded::Nobodys, Folded::News]);
    assert_eq!(work.steps[&purchase_id(1)].facts.kinds, [Kind::Accepted, Kind::UnderWay].into());
}

#[test]
fn what_was_told_already_means_nothing() {
    let (folded, _) = folded(&[record_of(&plan(1)), running(1), running(1), record_of(&plan(1))]);
    assert_eq!(folded, [Folded::News, Folded::News, Folded::Nothing, Folded::Nothing]);
}

#[test]
fn after_a_restart_the_deliveries_under_way_go_on() {
    let mut fold = Fold::default();
    let told = [Kind::Accepted, Kind::UnderWay].into();
    fold.begin(vec![UnderWay { delivery: "delivery-1".to_owned(), subject: purchase_id(1), told }]);
    assert_eq!(fold.take(&running(1), NOW).unwrap(), Folded::Nothing);
    let finished = record_of(&state(1, 9, 1.0, StatePhase::Finished));
    assert_eq!(fold.take(&finished, NOW).unwrap(), Folded::News);
    let (work, _) = fold.finish(NextOffsets::new(), NOW);
    assert_eq!(work.steps[&purchase_id(1)].facts.kinds, [Kind::Finished].into());
}

#[test]
fn the_newest_purchase_of_a_batch_tells_the_customers_language() {
    let newer = Purchase { created_at: NOW + 9, ..purchase(1) };
    let mut older = Purchase { purchase_id: purchase_id(2), ..purchase(1) };
    older.customer.language = delivery_messages::sales::purchase::Language::Portuguese;
    let (_, work) = folded(&[record_of(&newer), record_of(&older)]);
    assert_eq!(work.customers[&customer(1)].language, delivery_messages::sales::purchase::Language::English);
    assert_eq!(work.steps.len(), 2);
}

#[test]
fn a_customer_is_known_from_when_the_purchase_was_made_as_an_erasure_counts_it() {
    let paid_late = Purchase { approved_at: NOW + 60_000, ..purchase(1) };
    let (_, work) = folded(&[record_of(&paid_late)]);
    assert_eq!(work.customers[&customer(1)].at, NOW);
    assert_eq!(work.steps[&purchase_id(1)].facts.concern(), Some((customer(1), NOW)));
}

#[test]
fn a_customer_whose_address_is_none_is_told_on_the_page() {
    let mut wrong = purchase(1);
    wrong.customer.email = "a@example.com\r\nBcc: b@example.com".to_owned();
    let (_, work) = folded(&[record_of(&wrong)]);
    assert_eq!(work.customers[&customer(1)].email, None);
}

#[test]
fn a_bad_record_is_named_and_changes_nothing() {
    let mut wrong = purchase(1);
    wrong.customer.id = "7".to_owned();
    let empty = Record { value: None, ..record_of(&purchase(1)) };
    let malformed = Record { value: Some(b"{}".to_vec()), ..record_of(&plan(1)) };
    for (record, reason) in [(record_of(&wrong), "InvalidId"), (empty, "EmptyRecord"), (malformed, "MalformedRecord")] {
        let mut fold = Fold::default();
        assert_eq!(fold.take(&record, NOW).unwrap_err().reason(), reason);
        assert_eq!(fold.finish(NextOffsets::new(), NOW).0, Work::default());
    }
    let tombstone = Record { value: None, ..record_of(&plan(1)) };
    assert_eq!(Fold::default().take(&tombstone, NOW).unwrap(), Folded::Nothing);
}

#[test]
fn the_trace_of_a_record_goes_on_with_what_it_tells() {
    let trace = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    let record = Record { trace: trace.clone(), ..record_of(&purchase(1)) };
    assert_eq!(folded(&[record, record_of(&invoice(1))]).1.steps[&purchase_id(1)].trace, trace);
}

#[test]
fn a_cancelled_plan_is_news_like_any_other_end() {
    let cancelled = Plan { phase: PlanPhase::Cancelled, version: 3, ..plan(1) };
    let (_, work) = folded(&[record_of(&plan(1)), record_of(&cancelled)]);
    assert!(work.steps[&purchase_id(1)].facts.has_ended());
}

#[test]
fn a_refused_request_of_a_customer_is_news_of_the_purchase_and_no_other_dead_letter_is() {
    let letter = |value: String| {
        let (topic, name) = (Topic::DeadLetters, "dead-letters".to_owned());
        Record { topic, name, partition: 0, offset: 0, time: NOW, value: Some(value.into_bytes()), trace: None }
    };
    let request = |client: &str, id: &str| {
        letter(format!(r#"{{"routeId":"no-such-route","clientId":"{client}","requestId":"{id}"}}"#))
    };
    let (customer, purchase) = (customer(1).to_string(), purchase_id(1));
    let (found, work) = folded(&[request(&customer, &purchase)]);
    assert_eq!(found, [Folded::News]);
    assert_eq!(work.steps[&purchase].facts.kinds, [Kind::Refused].into());
    let others = [
        request("vX3kqQmT0rWbAAAB", &purchase),
        request(&customer, "route-1-request"),
        letter("no json".to_owned()),
        letter(format!(r#"{{"deliveryId":"d","requestId":"{purchase}","action":"cancel"}}"#)),
        Record { value: record_of(&invoice(1)).value, ..letter(String::new()) },
    ];
    let (found, work) = folded(&others);
    assert_eq!((found, work), (vec![Folded::Nobodys; 5], Work::default()));
}
