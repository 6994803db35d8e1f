use delivery_verify::purchases::EmailState;

use super::super::testing::{invoice, published, purchase};
use super::*;

const ALL: Expected = Expected { invoices: true, notifications: true, until_finished: false };

fn one(view: PurchaseView, expected: Expected) -> Followed {
    let mut followed = Followed::new(expected);
    followed.add(view);
    followed
}

fn tell(followed: &mut Followed, news: &[(&str, &str)]) {
    followed.told(&news.iter().map(|(purchase, news)| kin::notification(purchase, news)).collect());
}

#[test]
fn each_step_is_waited_for_in_its_turn() {
    let mut followed = one(purchase("p", "c", Some("2")), ALL);
    let missing = |followed: &Followed| followed.all()[0].missing(ALL);
    assert_eq!(missing(&followed), Some("waits for its payment"));
    let paid = published("p", "c", Some("2"));
    followed.all_mut().for_each(|one| one.view = PurchaseView { published_at: None, ..paid.clone() });
    assert_eq!(missing(&followed), Some("waits for its event to be written to Kafka"));
    followed.all_mut().for_each(|one| one.view = paid.clone());
    assert_eq!(missing(&followed), Some("waits for its invoice"));
    followed.all_mut().for_each(|one| one.invoice = Some(invoice(&paid, 42, EmailState::Sending)));
    assert_eq!(missing(&followed), Some("waits for its e-mail"));
    followed.all_mut().for_each(|one| one.invoice = Some(invoice(&paid, 42, EmailState::Sent)));
    assert_eq!(missing(&followed), Some("waits for its delivery"));
    let delivery = FollowedDelivery { namespace: "shop".into(), name: "s-1".into(), phase: DeliveryPhase::Running };
    followed.all_mut().for_each(|one| one.delivery = Some(delivery.clone()));
    assert_eq!(missing(&followed), Some("waits for its notifications"));
    tell(&mut followed, &[("p", "approved"), ("p", "invoiced")]);
    assert!(!followed.is_through(), "the third is that of the delivery");
    tell(&mut followed, &[("p", "accepted")]);
    assert!(!followed.is_through(), "a page has not all of them");
    tell(&mut followed, &[("p", "approved"), ("p", "invoiced"), ("p", "accepted"), ("another", "approved")]);
    assert!(followed.is_through() && !followed.has_failed());
    let to_its_end = Expected { until_finished: true, ..ALL };
    assert_eq!(followed.all()[0].missing(to_its_end), Some("waits for the end of its delivery"));
}

#[test]
fn what_is_switched_off_is_not_waited_for() {
    let mut followed = one(published("p", "c", None), Expected::default());
    assert!(followed.is_through());
    assert!(followed.waiting_customers().is_empty());
    followed = one(published("p", "c", None), Expected { invoices: false, ..ALL });
    assert!(!followed.is_through());
    tell(&mut followed, &[("p", "approved")]);
    assert!(followed.is_through(), "there is no invoice to tell of");
}

#[test]
fn a_purchase_whose_payment_is_refused_is_through_and_has_failed() {
    let refused = PurchaseView { state: PurchaseState::Failed, ..purchase("p", "c", Some("2")) };
    let followed = one(refused, ALL);
    assert!(followed.is_through() && followed.has_failed());
}

#[test]
fn an_email_that_bounced_and_a_delivery_that_failed_are_failures() {
    let paid = published("p", "c", None);
    let mut bounced = one(paid.clone(), ALL);
    bounced.all_mut().for_each(|one| one.invoice = Some(invoice(&paid, 1, EmailState::Bounced)));
    assert!(bounced.has_failed() && bounced.all()[0].is_mailed());
    let mut failed = one(paid, ALL);
    let delivery = FollowedDelivery { namespace: "shop".into(), name: "s-1".into(), phase: DeliveryPhase::Failed };
    failed.all_mut().for_each(|one| one.delivery = Some(delivery.clone()));
    assert!(failed.has_failed());
}

#[test]
fn each_purchase_of_a_customer_has_its_own_notifications() {
    let mut followed = Followed::new(ALL);
    for id in ["a", "b", "c"] {
        followed.add(published(id, "ana", None));
    }
    followed.add(PurchaseView { created_at: 900, ..published("d", "rui", None) });
    tell(&mut followed, &[("a", "approved"), ("c", "invoiced"), ("c", "approved")]);
    let shares: Vec<_> = followed.all().iter().map(|one| one.notifications).collect();
    assert_eq!(shares, [1, 0, 2, 0]);
    let waiting: Vec<_> = followed.waiting_customers().into_iter().collect();
    assert_eq!(waiting, [("ana".to_owned(), 1_000), ("rui".to_owned(), 900)]);
}
