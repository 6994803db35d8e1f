//! Tests of what is shown to whom.

use proptest::prelude::*;

use super::*;
use crate::model::delivery::Phase;
use crate::state::table::Marks;
use crate::testing::{self, delivery};

const NOTHING: Marks = Marks { view: false, position: false, end: false, accepted: false, erased: false };

fn change(delivery: Delivery, marks: Marks) -> Change {
    let id = delivery.about.delivery_id.as_str().into();
    Change { id, delivery: Some(delivery), marks, moved: None }
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

fn apply(board: &mut Board, deliveries: Vec<Change>) {
    board.apply(Changes { deliveries, ..Changes::default() }.into());
}

/// The frames of deliveries for who has seen everything up to `seen`.
fn texts(shown: &[Arc<Shown>], seen: u64) -> Vec<String> {
    let frames = |shown: &Arc<Shown>| {
        let position = shown.position_since(seen).map(|moved| moved.text());
        let all = shown.view_since(seen).into_iter().chain(position).chain(shown.end_since(seen));
        all.map(ToString::to_string).collect::<Vec<_>>()
    };
    shown.iter().flat_map(frames).collect()
}

fn frames(board: &Board, seen: u64) -> Vec<(String, u64)> {
    let Since::Shown { shown, .. } = board.since(seen, usize::MAX) else { panic!("too old") };
    texts(&shown, seen).iter().map(|text| event(text)).collect()
}

fn event(text: &str) -> (String, u64) {
    let frame: serde_json::Value = serde_json::from_str(text).unwrap();
    (frame["event"].as_str().unwrap().to_owned(), frame["data"]["seq"].as_u64().unwrap_or_default())
}

#[test]
fn a_slow_client_gets_the_newest_of_each_and_every_end() {
    let mut board = Board::new(1_000_000);
    apply(&mut board, vec![new("d1"), new("d2")]);
    let seen = board.last();
    for seq in 1..=50 {
        apply(&mut board, vec![moved("d1", seq), moved("d2", seq)]);
    }
    apply(&mut board, vec![ended("d1")]);
    apply(&mut board, vec![moved("d2", 51)]);
    let told: Vec<_> = frames(&board, seen);
    let expected = [("delivery", 99), ("new-position", 99), ("finished", 0), ("new-position", 51)];
    assert_eq!(told, expected.map(|(event, seq)| (event.to_owned(), seq)));
    assert!(frames(&board, board.last()).is_empty());
}

#[test]
fn a_change_is_encoded_once_and_its_bytes_are_shared() {
    let mut board = Board::new(1_000_000);
    apply(&mut board, vec![moved("d1", 1)]);
    let bytes = |seen| match board.since(seen, 9) {
        Since::Shown { shown, .. } => shown.last().unwrap().position_since(seen).unwrap().text().as_ptr(),
        Since::TooOld => panic!("too old"),
    };
    assert_eq!(bytes(0), bytes(0));
}

#[test]
fn an_ended_delivery_that_leaves_is_missed_only_by_who_was_behind_its_end() {
    let mut board = Board::new(1_000_000);
    apply(&mut board, vec![moved("d1", 0)]);
    let before = board.last();
    apply(&mut board, vec![ended("d1")]);
    let after = board.last();
    apply(&mut board, vec![gone("d1")]);
    assert!(matches!(board.since(before, 9), Since::TooOld));
    assert!(frames(&board, after).is_empty());
    assert!(board.delivery("d1").is_none());
}

#[test]
fn a_delivery_that_leaves_in_the_middle_makes_everyone_look_anew() {
    let mut board = Board::new(1_000_000);
    apply(&mut board, vec![moved("d1", 0), moved("d2", 0)]);
    let seen = board.last();
    apply(&mut board, vec![gone("d1")]);
    assert!(matches!(board.since(seen, 9), Since::TooOld));
    assert!(frames(&board, board.last()).is_empty());
}

#[test]
fn a_request_leads_to_its_delivery_as_long_as_that_is_shown() {
    let mut board = Board::new(1_000_000);
    let mut plan = testing::plan("d1");
    plan.request_id = Some("r1".to_owned());
    let delivery = Delivery { about: Arc::new(plan.into()), ..delivery("d1") };
    apply(&mut board, vec![change(delivery, Marks { view: true, accepted: true, ..NOTHING })]);
    assert_eq!(board.of_request("r1").unwrap().delivery.about.delivery_id, "d1");
    apply(&mut board, vec![gone("d1")]);
    assert!(board.of_request("r1").is_none());
}

proptest! {
    /// A client that asks at any time, in pieces of any size, ends with the newest of each delivery, sees no `seq` go back,
    /// and sees each end once.
    #[test]
    fn whenever_and_however_little_a_client_reads_it_ends_with_the_newest(
        steps in prop::collection::vec((0..6_usize, 0..8_usize, 1..4_usize), 1..200),
    ) {
        let mut board = Board::new(1_000_000);
        let mut seq = [0_u64; 6];
        let mut over = [false; 6];
        let mut newest: HashMap<String, u64> = HashMap::new();
        let mut ends: HashMap<String, usize> = HashMap::new();
        let mut seen = 0;
        let mut read = |board: &Board, seen: &mut u64, limit: usize| {
            let Since::Shown { shown, seen: reached, more, .. } = board.since(*seen, limit) else { panic!("too old") };
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
                0 => { read(&board, &mut seen, limit); }
                1 if !over[which] => { over[which] = true; apply(&mut board, vec![ended(&id)]); }
                _ if !over[which] => { seq[which] += 1; apply(&mut board, vec![moved(&id, seq[which])]); }
                _ => {}
            }
        }
        while read(&board, &mut seen, 2) {}
        for which in 0..6 {
            let expected = if over[which] { Some(99) } else { Some(seq[which]).filter(|seq| *seq > 0) };
            prop_assert_eq!(newest.get(&format!("d{which}")).copied(), expected);
            prop_assert_eq!(ends.get(&format!("d{which}")).copied().unwrap_or_default(), usize::from(over[which]));
        }
    }
}

#[test]
fn of_what_is_erased_nothing_is_told_any_more_whether_it_was_under_way_or_had_ended() {
    let mut board = Board::new(usize::MAX);
    apply(&mut board, vec![new("running"), new("ended"), new("archived")]);
    apply(&mut board, vec![ended("ended"), ended("archived")]);
    apply(&mut board, vec![gone("archived")]);
    assert!(board.archived("archived").is_some());
    let seen = board.last();
    let erased = |id| Change { delivery: None, ..change(delivery(id), Marks { erased: true, ..NOTHING }) };
    let changes = ["running", "ended", "archived"].map(erased).into();
    let news = board.apply(Changes { deliveries: changes, ..Changes::default() }.into());
    assert_eq!(news.gone.len(), 2, "who sees them is told");
    for id in ["running", "ended", "archived"] {
        assert!(board.delivery(id).is_none() && board.archived(id).is_none(), "{id}");
    }
    assert!(matches!(board.since(seen, usize::MAX), Since::TooOld), "a new snapshot");
}
