//! Tests of what each client gets of what is published.

use delivery_messages::DeliveryEvent;
use proptest::prelude::*;

use super::*;
use crate::model::delivery::Phase;
use crate::state::changes::Marks;
use crate::testing::{self, delivery};

const NOTHING: Marks = Marks { view: false, position: false, end: false, accepted: false, erased: false };

fn change(delivery: Delivery, marks: Marks) -> Change {
    let id = delivery.about.delivery_id.as_str().into();
    Change { id, delivery: Some(delivery), marks, newest: None }
}

fn at(id: &str, seq: u64) -> Delivery {
    Delivery { fix: Some(testing::fix(seq, [-47.9, -15.8])), ..delivery(id) }
}

fn new(id: &str) -> Change {
    change(at(id, 0), Marks { view: true, position: true, accepted: true, ..NOTHING })
}

fn moved(id: &str, seq: u64) -> Change {
    change(at(id, seq), Marks { position: true, ..NOTHING })
}

fn ended(id: &str) -> Change {
    let delivery = Delivery { phase: Phase::Finished, ended: Some(testing::NOW), ..at(id, 99) };
    change(delivery, Marks { view: true, position: true, end: true, ..NOTHING })
}

fn gone(id: &str) -> Change {
    Change { delivery: None, ..change(delivery(id), NOTHING) }
}

fn apply(published: &mut Published, deliveries: Vec<Change>) {
    published.apply(Changes { deliveries, ..Changes::default() }.into());
}

/// The frames of deliveries for a client that has everything up to `seen`.
fn texts(shown: &[Arc<DeliverySnapshot>], seen: u64) -> Vec<String> {
    let frames = |shown: &Arc<DeliverySnapshot>| {
        let position = shown.position_since(seen).map(|position| String::from_utf8(position.frame().concat()).unwrap());
        let view = shown.view_since(seen).map(ToString::to_string);
        let end = shown.end_since(seen).map(ToString::to_string);
        [view, position, end].into_iter().flatten().collect::<Vec<_>>()
    };
    shown.iter().flat_map(frames).collect()
}

fn frames(published: &Published, seen: u64) -> Vec<(String, u64)> {
    let Since::Changed { deliveries: shown, .. } = published.since(seen, usize::MAX) else { panic!("too old") };
    texts(&shown, seen).iter().map(|text| event(text)).collect()
}

fn event(text: &str) -> (String, u64) {
    let frame: serde_json::Value = serde_json::from_str(text).unwrap();
    (frame["event"].as_str().unwrap().to_owned(), frame["data"]["seq"].as_u64().unwrap_or_default())
}

#[test]
fn a_slow_client_gets_the_newest_of_each_and_every_end() {
    let mut published = Published::new(1_000_000);
    apply(&mut published, vec![new("d1"), new("d2")]);
    let seen = published.last();
    for seq in 1..=50 {
        apply(&mut published, vec![moved("d1", seq), moved("d2", seq)]);
    }
    apply(&mut published, vec![ended("d1")]);
    apply(&mut published, vec![moved("d2", 51)]);
    let sent: Vec<_> = frames(&published, seen);
    let expected = [("delivery", 99), ("new-position", 99), ("finished", 0), ("new-position", 51)];
    assert_eq!(sent, expected.map(|(event, seq)| (event.to_owned(), seq)));
    assert!(frames(&published, published.last()).is_empty());
}

#[test]
fn a_change_is_encoded_once_and_its_bytes_are_shared() {
    let mut published = Published::new(1_000_000);
    apply(&mut published, vec![moved("d1", 1)]);
    let bytes = |seen| match published.since(seen, 9) {
        Since::Changed { deliveries: shown, .. } => shown.last().unwrap().position_since(seen).unwrap().data().as_ptr(),
        Since::TooOld => panic!("too old"),
    };
    assert_eq!(bytes(0), bytes(0));
}

#[test]
fn an_ended_delivery_that_leaves_is_missed_only_by_clients_behind_its_end() {
    let mut published = Published::new(1_000_000);
    apply(&mut published, vec![moved("d1", 0)]);
    let before = published.last();
    apply(&mut published, vec![ended("d1")]);
    let after = published.last();
    apply(&mut published, vec![gone("d1")]);
    assert!(matches!(published.since(before, 9), Since::TooOld));
    assert!(frames(&published, after).is_empty());
    assert!(published.delivery("d1").is_none());
}

#[test]
fn a_delivery_that_leaves_before_its_end_makes_every_client_take_a_new_snapshot() {
    let mut published = Published::new(1_000_000);
    apply(&mut published, vec![moved("d1", 0), moved("d2", 0)]);
    let seen = published.last();
    apply(&mut published, vec![gone("d1")]);
    assert!(matches!(published.since(seen, 9), Since::TooOld));
    assert!(frames(&published, published.last()).is_empty());
}

#[test]
fn a_request_leads_to_its_delivery_as_long_as_that_is_published() {
    let mut published = Published::new(1_000_000);
    let mut plan = testing::plan("d1");
    plan.request_id = Some("r1".to_owned());
    let delivery = Delivery { about: Arc::new(plan.into()), ..delivery("d1") };
    apply(&mut published, vec![change(delivery, Marks { view: true, accepted: true, ..NOTHING })]);
    assert_eq!(published.of_request("r1").unwrap().delivery.about.delivery_id, "d1");
    apply(&mut published, vec![gone("d1")]);
    assert!(published.of_request("r1").is_none());
}

proptest! {
    /// A client that reads at any time, in pieces of any size, ends with the newest state of each delivery, sees no
    /// `seq` go back, and sees each end once.
    #[test]
    fn whenever_and_however_little_a_client_reads_it_ends_with_the_newest(
        steps in prop::collection::vec((0..6_usize, 0..8_usize, 1..4_usize), 1..200),
    ) {
        let mut published = Published::new(1_000_000);
        let mut seq = [0_u64; 6];
        let mut over = [false; 6];
        let mut newest: HashMap<String, u64> = HashMap::new();
        let mut ends: HashMap<String, usize> = HashMap::new();
        let mut seen = 0;
        let mut read = |published: &Published, seen: &mut u64, limit: usize| {
            let Since::Changed { deliveries: shown, seen: reached, more, .. } = published.since(*seen, limit) else { panic!("too old") };
            for text in texts(&shown, *seen) {
                let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
                let id = frame["data"]["deliveryId"].as_str().unwrap().to_owned();
                match frame["event"].as_str().unwrap() {
                    "new-position" | "delivery" => {
                        let seq = frame["data"]["seq"].as_u64().unwrap();
                        assert!(newest.get(&id).is_none_or(|known| *known <= seq), "{seq} after {:?}", newest.get(&id));
                        newest.insert(id, seq);
                    }
                    _ => *ends.entry(id).or_default() += 1,
                }
            }
            *seen = reached;
            more
        };
        for (which, action, limit) in steps {
            let id = format!("d{which}");
            match action {
                0 => { read(&published, &mut seen, limit); }
                1 if !over[which] => { over[which] = true; apply(&mut published, vec![ended(&id)]); }
                _ if !over[which] => { seq[which] += 1; apply(&mut published, vec![moved(&id, seq[which])]); }
                _ => {}
            }
        }
        while read(&published, &mut seen, 2) {}
        for which in 0..6 {
            let expected = if over[which] { Some(99) } else { Some(seq[which]).filter(|seq| *seq > 0) };
            prop_assert_eq!(newest.get(&format!("d{which}")).copied(), expected);
            prop_assert_eq!(ends.get(&format!("d{which}")).copied().unwrap_or_default(), usize::from(over[which]));
        }
    }
}

#[test]
fn what_is_kept_of_a_delivery_that_has_left_has_no_events() {
    let event = DeliveryEvent {
        reason: "Finished".to_owned(),
        message: "The vehicle has arrived.".to_owned(),
        warning: false,
        first: testing::NOW,
        last: testing::NOW,
        count: 1,
    };
    let mut published = Published::new(usize::MAX);
    let mut over = ended("d1");
    over.delivery = over.delivery.map(|delivery| Delivery { events: [event].into(), ..delivery });
    apply(&mut published, vec![over.clone()]);
    assert_eq!(published.delivery("d1").unwrap().delivery.events.len(), 1);
    let archived = over.delivery.into_iter().collect();
    published.apply(Changes { deliveries: vec![gone("d1")], archived, ..Changes::default() }.into());
    assert!(published.delivery("d1").is_none());
    assert!(published.archived("d1").unwrap().events.is_empty());
}

#[test]
fn nothing_of_an_erased_delivery_is_sent_any_more_whether_it_was_under_way_or_had_ended() {
    let mut published = Published::new(usize::MAX);
    apply(&mut published, vec![new("running"), new("ended"), new("archived")]);
    apply(&mut published, vec![ended("ended"), ended("archived")]);
    apply(&mut published, vec![gone("archived")]);
    assert!(published.archived("archived").is_some());
    let seen = published.last();
    let erased = |id| Change { delivery: None, ..change(delivery(id), Marks { erased: true, ..NOTHING }) };
    let changes = ["running", "ended", "archived"].map(erased).into();
    let changes = published.apply(Changes { deliveries: changes, ..Changes::default() }.into());
    assert_eq!(changes.gone.len(), 2, "clients that see them are sent that");
    for id in ["running", "ended", "archived"] {
        assert!(published.delivery(id).is_none() && published.archived(id).is_none(), "{id}");
    }
    assert!(matches!(published.since(seen, usize::MAX), Since::TooOld), "a new snapshot");
}
