use super::*;
use crate::testing::purchase;

fn ids(purchases: &[Purchase]) -> Vec<&str> {
    purchases.iter().map(|purchase| purchase.id.as_str()).collect()
}

fn some(prefix: &str, count: usize) -> Vec<Purchase> {
    (0..count).map(|number| purchase(&format!("{prefix}{number:03}"), 1)).collect()
}

#[test]
fn what_does_not_fit_is_given_back_from_the_first_one_on() {
    let handover = Arc::new(Handover::default());
    let mut intake = Intake::new(Arc::clone(&handover));
    intake.open();
    let rest = handover.hand_over(some("p", MAX + 2));
    assert_eq!(ids(&rest), ["p512", "p513"]);
    assert_eq!(intake.waiting(), MAX);
    assert_eq!(intake.take().unwrap().id, "p000");
    assert_eq!(ids(&handover.hand_over(some("q", 2))), ["q001"], "there was room for one");
    let taken: Vec<Purchase> = std::iter::from_fn(|| intake.take()).collect();
    assert_eq!((taken.len(), taken[0].id.as_str(), taken[MAX - 1].id.as_str()), (MAX, "p001", "q000"));
}

#[test]
fn nothing_is_taken_before_a_term_or_while_the_payer_does_not_want_it_or_after_the_term() {
    let handover = Arc::new(Handover::default());
    assert_eq!(handover.hand_over(some("p", 1)).len(), 1, "there is no payer");
    let mut intake = Intake::new(Arc::clone(&handover));
    assert_eq!(handover.hand_over(some("p", 1)).len(), 1, "it is not open yet");
    intake.open();
    assert!(handover.hand_over(some("p", 1)).is_empty());
    intake.close();
    assert_eq!(handover.hand_over(some("q", 1)).len(), 1);
    assert_eq!(intake.take().map(|purchase| purchase.id).as_deref(), Some("p000"), "what was handed over still comes");
    intake.open();
    drop(intake);
    assert_eq!(handover.hand_over(some("p", 1)).len(), 1, "the term is over");
}

#[test]
fn what_waits_is_known_by_its_id_and_taken_in_its_order() {
    let handover = Arc::new(Handover::default());
    let mut intake = Intake::new(Arc::clone(&handover));
    intake.open();
    assert!(intake.ids().is_empty());
    assert!(handover.hand_over(some("p", MAX)).is_empty(), "it is open, since none wait");
    let known = intake.ids();
    assert!(known.len() == MAX && known.contains("p000") && known.contains("p511"));
    intake.open();
    assert_eq!(handover.hand_over(some("q", 1)).len(), 1, "as many wait as have room on the way");
    assert_eq!(intake.waiting(), MAX);
    let taken: Vec<Purchase> = std::iter::from_fn(|| intake.take()).collect();
    assert_eq!((taken.len(), taken[0].id.as_str(), taken[MAX - 1].id.as_str()), (MAX, "p000", "p511"));
    intake.open();
    assert!(handover.hand_over(some("q", 1)).is_empty());
}

#[tokio::test]
async fn who_waits_later_is_woken_too() {
    let handover = Handover::default();
    handover.wake();
    handover.woken().await;
}
