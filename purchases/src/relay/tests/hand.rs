use std::time::Duration;

use super::*;
use crate::testing::purchase;

fn payment(milliseconds: u64) -> Payment {
    Payment { takes: Duration::from_millis(milliseconds), outcome: Outcome::Approved }
}

fn taken(id: &str, is_listed: bool) -> Taken {
    Taken { purchase: purchase(id, 1), is_listed }
}

fn ids(paid: &[(Purchase, Outcome)]) -> Vec<&str> {
    paid.iter().map(|(purchase, _)| purchase.id.as_str()).collect()
}

#[test]
fn payments_are_done_in_the_order_of_their_times_and_else_in_that_of_their_coming() {
    let (mut hand, now) = (Hand::default(), Instant::now());
    hand.pay(taken("slow", true), payment(100), now);
    hand.pay(taken("a", true), payment(0), now);
    hand.pay(taken("b", true), payment(0), now);
    assert_eq!(hand.next_paid(), Some(now));
    assert_eq!(ids(&hand.paid(now, 1)), ["a"]);
    assert_eq!(ids(&hand.paid(now, 9)), ["b"]);
    assert_eq!(hand.next_paid(), Some(now + Duration::from_millis(100)));
    assert_eq!(ids(&hand.paid(now + Duration::from_millis(100), 9)), ["slow"]);
    assert_eq!(hand.next_paid(), None);
}

#[test]
fn a_purchase_is_in_hand_once_until_it_is_let_go() {
    let (mut hand, now) = (Hand::default(), Instant::now());
    hand.pay(taken("a", true), payment(0), now);
    hand.pay(taken("a", true), payment(0), now);
    hand.publish("b");
    assert_eq!((hand.len(), hand.room()), (2, MAX - 2));
    assert_eq!(hand.paid(now, 9).len(), 1);
    assert!(hand.has("a"), "it is on its way");
    hand.let_go(&["a".to_owned(), "never".to_owned()]);
    assert!(!hand.has("a") && hand.has("b"));
}

#[test]
fn only_what_came_another_way_is_on_no_list() {
    let (mut hand, now) = (Hand::default(), Instant::now());
    hand.pay(taken("listed", true), payment(0), now);
    for id in ["handed-over", "listed-later"] {
        hand.pay(taken(id, false), payment(0), now);
    }
    hand.publish("handed-over");
    hand.publish("found");
    hand.note_listed(&["listed-later".to_owned(), "never".to_owned()]);
    assert!(!hand.has("never"));
    let all = ["listed", "handed-over", "listed-later", "found", "never"].map(str::to_owned);
    assert_eq!(hand.listed(&all), ["listed", "listed-later", "found", "never"]);
}
