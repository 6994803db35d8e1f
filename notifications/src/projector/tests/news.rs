use std::collections::BTreeSet;

use delivery_messages::sales::purchase::Language;

use super::*;
use crate::domain::testing;
use crate::projector::order::{Bought, Delivering, Facts};
use crate::projector::testing::customer;

const SUBJECT: &str = "7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001";

fn bought() -> Bought {
    Bought { customer: customer(1), language: Language::English, total_cents: 3_980, at: 7 }
}

fn delivering() -> Delivering {
    let (namespace, name) = ("shop".to_owned(), "primeiro".to_owned());
    Delivering { delivery: "d1".to_owned(), client: customer(1), namespace, name, at: 8 }
}

fn order(facts: Facts) -> Order {
    Order { facts, ..Order::default() }
}

fn kinds(news: &[News]) -> Vec<Kind> {
    news.iter().map(|news| news.kind).collect()
}

#[test]
fn an_approved_purchase_is_told_to_its_customer_in_the_language_of_the_purchase() {
    let order = order(Facts { bought: Some(bought()), kinds: [Kind::Approved].into(), ..Facts::default() });
    let news = news_of(SUBJECT, &order, None);
    let [News { kind: Kind::Approved, message }] = &news[..] else { panic!("{news:?}") };
    assert_eq!(message.content, "Your purchase of R$ 39.80 was approved.");
    assert_eq!((message.category.as_str(), &message.link), ("purchase", &None));
    assert_eq!(message.recipient_id, customer(1).to_string());
    assert_eq!(message.notification_id, Some(id(SUBJECT, Kind::Approved).to_string()));
}

#[test]
fn a_delivery_has_a_link_to_itself_on_the_map() {
    let kinds = [Kind::Accepted].into();
    let order = order(Facts { bought: Some(bought()), delivering: Some(delivering()), kinds, ..Facts::default() });
    let news = news_of(SUBJECT, &order, None);
    assert_eq!(news[0].message.link.as_deref(), Some("/#/delivery/shop/primeiro"));
}

#[test]
fn what_was_told_is_not_told_again_and_the_rest_comes_in_its_order() {
    let all = [Kind::Finished, Kind::Approved, Kind::Accepted, Kind::UnderWay].into();
    let facts = Facts { bought: Some(bought()), delivering: Some(delivering()), kinds: all, ..Facts::default() };
    let order = Order { facts, told: [Kind::Accepted].into(), ..Order::default() };
    assert_eq!(kinds(&news_of(SUBJECT, &order, None)), [Kind::Approved, Kind::UnderWay, Kind::Finished]);
}

#[test]
fn an_invoice_whose_purchase_was_not_read_yet_waits_for_it() {
    let mut facts = Facts { kinds: [Kind::Invoiced].into(), ..Facts::default() };
    assert!(news_of(SUBJECT, &order(facts.clone()), None).is_empty());
    facts.and(Facts { bought: Some(bought()), kinds: [Kind::Approved].into(), ..Facts::default() });
    assert_eq!(kinds(&news_of(SUBJECT, &order(facts), None)), [Kind::Approved, Kind::Invoiced]);
}

#[test]
fn a_delivery_that_nobody_bought_is_news_to_a_known_recipient_alone() {
    let facts = Facts { delivering: Some(delivering()), kinds: [Kind::Accepted].into(), ..Facts::default() };
    assert!(news_of("d1", &order(facts.clone()), None).is_empty());
    let known = Recipient { language: Language::Portuguese, ..testing::recipient() };
    assert_eq!(kinds(&news_of("d1", &order(facts), Some(&known))), [Kind::Accepted]);
}

#[test]
fn the_language_that_a_recipient_has_chosen_counts() {
    let order = order(Facts { bought: Some(bought()), kinds: [Kind::Approved].into(), ..Facts::default() });
    let known = Recipient { language: Language::Portuguese, ..testing::recipient() };
    assert!(news_of(SUBJECT, &order, Some(&known))[0].message.content.starts_with("Sua compra"));
}

#[test]
fn a_refused_delivery_is_told_to_who_bought_although_there_is_none() {
    let refused = BTreeSet::from([Kind::Refused]);
    let unknown = order(Facts { kinds: refused.clone(), ..Facts::default() });
    assert!(news_of(SUBJECT, &unknown, None).is_empty(), "the purchase was not read yet");
    let order = order(Facts { bought: Some(bought()), kinds: refused, ..Facts::default() });
    let [News { kind: Kind::Refused, message }] = &news_of(SUBJECT, &order, None)[..] else { panic!("one is told") };
    assert!(message.content.contains("could not be dispatched") && message.link.is_none(), "{message:?}");
    assert_eq!(
        (message.recipient_id.as_str(), message.category.as_str()),
        (customer(1).to_string().as_str(), "delivery")
    );
}
