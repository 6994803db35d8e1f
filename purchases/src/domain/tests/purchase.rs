use super::*;
use crate::testing::{NOW, purchase};

fn decision(outcome: Outcome) -> Decision {
    Decision { purchase_id: "p1".to_owned(), outcome, at: NOW + 250, sequence: 7 }
}

#[test]
fn a_pending_purchase_has_neither_an_event_nor_a_request_for_a_delivery() {
    let purchase = purchase("p1", 7);
    assert_eq!(purchase.state, State::Pending);
    assert!(purchase.is_open());
    assert_eq!((purchase.event(), purchase.direction()), (None, None));
}

#[test]
fn an_approved_purchase_is_an_event_with_all_of_it() {
    let approved = purchase("p1", 7).decided(&decision(Outcome::Approved));
    let event = approved.event().unwrap();
    assert_eq!((event.purchase_id.as_str(), event.total_cents, event.currency.as_str()), ("p1", 3_980, "BRL"));
    assert_eq!((event.created_at, event.approved_at), (NOW, NOW + 250));
    assert_eq!(event.customer.email, "customer7@example.com");
    assert_eq!(event.customer.id, approved.order.customer.id);
    let direction = approved.direction().unwrap();
    assert_eq!((direction.route_id.as_str(), direction.request_id.as_deref()), ("2", Some("p1")));
    assert_eq!(direction.client_id, event.customer.id);
    assert!(direction.check().is_ok());
}

#[test]
fn a_failed_purchase_says_why_and_is_done() {
    let failed = purchase("p1", 7).decided(&decision(Outcome::Failed("Refused".to_owned())));
    assert_eq!((failed.state, failed.reason.as_deref()), (State::Failed, Some("Refused")));
    assert!(!failed.is_open());
    assert_eq!((failed.event(), failed.direction()), (None, None));
}

#[test]
fn what_was_decided_is_not_decided_again() {
    let failed = purchase("p1", 7).decided(&decision(Outcome::Failed("Refused".to_owned())));
    assert_eq!(failed.clone().decided(&decision(Outcome::Approved)), failed);
}

#[test]
fn an_approved_purchase_is_open_until_its_event_is_written() {
    let approved = purchase("p1", 7).decided(&decision(Outcome::Approved));
    assert!(approved.is_open());
    assert!(!Purchase { published_at: Some(NOW + 300), ..approved }.is_open());
}

#[test]
fn the_names_of_states_are_read_back() {
    for state in State::ALL {
        assert_eq!(state.name().parse(), Ok(state));
    }
    assert_eq!("pending".parse::<State>(), Err(()));
}
