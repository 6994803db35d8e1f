use super::*;

fn fix(seq: u64) -> Fix {
    Fix { seq, coordinates: [seq.cast_signed(), 7] }
}

fn summary(seq: Option<u64>, phase: Phase) -> Summary {
    Summary { id: "d".into(), phase, fix: seq.map(fix) }
}

fn truth(seq: u64) -> ExpectedEnd {
    ExpectedEnd { last: fix(seq), at: 100 }
}

/// A client of a mode that has received the beginning and then these positions.
fn after(mode: Mode, seqs: &[u64]) -> Ledger {
    let mut ledger = Ledger::new(mode);
    ledger.snapshot(&[], None, 50);
    ledger.delivery(&summary(None, Phase::Accepted));
    for seq in seqs {
        ledger.position(&"d".into(), fix(*seq));
    }
    ledger
}

/// The violations after the delivery has finished at seq 3.
fn problems(mut ledger: Ledger) -> Vec<String> {
    ledger.ended(&"d".into(), Phase::Finished);
    let violations = ledger.violations().0.iter().map(|violation| violation.problem.clone());
    violations.chain(ledger.lacks("d", &truth(3))).collect()
}

#[test]
fn every_seq_once_and_in_order_is_without_fault() {
    assert_eq!(problems(after(Mode::All, &[0, 1, 2, 3])), Vec::<String>::new());
    assert_eq!(problems(after(Mode::Latest, &[0, 3])), Vec::<String>::new());
}

#[test]
fn a_missing_seq_is_found_wherever_it_is() {
    let in_the_middle = problems(after(Mode::All, &[0, 1, 3]));
    assert_eq!(in_the_middle, ["seq 3 came instead of 2", "1 positions are missing, first seq 2"]);
    let at_the_beginning = problems(after(Mode::All, &[1, 2, 3]));
    assert_eq!(at_the_beginning, ["seq 1 came instead of 0", "1 positions are missing, first seq 0"]);
    assert_eq!(problems(after(Mode::All, &[0, 1, 2])), ["the next expected seq is 3, but the last was 3"]);
    assert!(problems(after(Mode::Latest, &[0, 2]))[0].starts_with("its last position is"));
}

#[test]
fn a_doubled_seq_is_found_in_all_and_does_no_harm_in_latest() {
    assert_eq!(problems(after(Mode::All, &[0, 1, 1, 2, 3])), ["seq 1 came twice"]);
    assert_eq!(problems(after(Mode::Latest, &[0, 1, 1, 3])), Vec::<String>::new());
}

#[test]
fn a_reordered_seq_is_found() {
    let found = problems(after(Mode::All, &[0, 2, 1, 3]));
    assert_eq!(found, ["seq 2 came instead of 1", "seq 1 came after a later one"]);
    assert_eq!(problems(after(Mode::Latest, &[0, 2, 1, 3])), ["seq 1 came after 2"]);
}

#[test]
fn a_wrong_last_position_and_a_wrong_phase_are_found() {
    for mode in [Mode::All, Mode::Latest] {
        let mut ledger = after(mode, &[0, 1, 2]);
        ledger.position(&"d".into(), Fix { seq: 3, coordinates: [0, 0] });
        ledger.ended(&"d".into(), Phase::Finished);
        assert!(ledger.lacks("d", &truth(3)).unwrap().starts_with("its last position is"));

        let mut ledger = after(mode, &[0, 1, 2, 3]);
        ledger.ended(&"d".into(), Phase::Cancelled);
        assert!(ledger.lacks("d", &truth(3)).unwrap().contains("instead of Finished"));
    }
}

#[test]
fn a_delivery_that_was_never_received_is_found_unless_it_ended_before() {
    let mut ledger = Ledger::new(Mode::Latest);
    assert!(ledger.lacks("d", &truth(3)).unwrap().contains("never got a snapshot"));
    ledger.snapshot(&[], None, 100);
    assert_eq!(ledger.lacks("d", &truth(3)).unwrap(), "it was never received");
    let mut ledger = Ledger::new(Mode::Latest);
    ledger.snapshot(&[], None, 101);
    assert_eq!(ledger.lacks("d", &truth(3)), None);
}

#[test]
fn what_came_after_the_cursor_comes_again_after_a_lost_connection_and_only_that() {
    let mut ledger = after(Mode::All, &[0, 1]);
    ledger.cursor();
    ledger.position(&"d".into(), fix(2));
    ledger.resumed(&[summary(Some(3), Phase::Running)]);
    ledger.position(&"d".into(), fix(2));
    ledger.position(&"d".into(), fix(3));
    assert_eq!(problems(ledger), Vec::<String>::new());

    let mut skips = after(Mode::All, &[0, 1]);
    skips.cursor();
    skips.position(&"d".into(), fix(2));
    skips.resumed(&[]);
    skips.position(&"d".into(), fix(3));
    assert_eq!(problems(skips), ["seq 3 came instead of 2", "1 positions are missing, first seq 2"]);

    let mut repeats = after(Mode::All, &[0, 1]);
    repeats.cursor();
    repeats.resumed(&[]);
    for seq in [1, 2, 3] {
        repeats.position(&"d".into(), fix(seq));
    }
    assert_eq!(problems(repeats), ["seq 1 came twice"]);
}

#[test]
fn a_delivery_that_started_during_a_disconnection_is_received_from_its_first_position() {
    let mut ledger = Ledger::new(Mode::All);
    ledger.snapshot(&[], None, 50);
    ledger.cursor();
    ledger.resumed(&[summary(Some(2), Phase::Running)]);
    for seq in [0, 1, 2, 3] {
        ledger.position(&"d".into(), fix(seq));
    }
    assert_eq!(problems(ledger), Vec::<String>::new());
}

#[test]
fn a_client_that_comes_in_the_middle_is_owed_what_follows_its_snapshot() {
    let mut ledger = Ledger::new(Mode::All);
    ledger.snapshot(&[summary(Some(1), Phase::Running)], None, 50);
    ledger.position(&"d".into(), fix(2));
    ledger.position(&"d".into(), fix(3));
    assert_eq!(problems(ledger), Vec::<String>::new());
}

#[test]
fn a_snapshot_in_place_of_a_resumption_is_a_fault_of_all_and_none_of_latest() {
    for (mode, expected) in [(Mode::All, 1), (Mode::Latest, 0)] {
        let mut ledger = after(mode, &[0, 1, 2, 3]);
        ledger.snapshot(&[summary(Some(3), Phase::Finished)], Some("tooOld"), 60);
        assert_eq!(problems(ledger).len(), expected);
    }
}

#[test]
fn faults_are_bounded_and_all_are_counted() {
    let mut ledger = after(Mode::All, &[0]);
    for _ in 0..100 {
        ledger.position(&"d".into(), fix(0));
    }
    let (kept, more) = ledger.violations();
    assert_eq!(kept.len() as u64 + more, 100);
    assert_eq!(kept.len(), MAX_VIOLATIONS);
}

/// What a client in the mode `all` receives of three deliveries of twenty positions.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Position(usize, u64),
    Cursor,
    /// The connection was lost, and the stream resumes from the last cursor.
    Resumed,
}

const LAST: u64 = 19;

/// What a correct gateway sends: the next positions of deliveries 0 to 2, a cursor (3) or a lost connection (4), as
/// chosen, and at the end everything that is left.
fn faultless(choices: &[usize]) -> Vec<Event> {
    let (mut events, mut next, mut at_cursor) = (Vec::new(), [0; 3], [0; 3]);
    let rest = (0..=LAST).flat_map(|_| 0..3);
    for choice in choices.iter().copied().chain(rest) {
        match choice {
            3 => {
                events.push(Event::Cursor);
                at_cursor = next;
            }
            4 => {
                events.push(Event::Resumed);
                next = at_cursor;
            }
            one if next[one] <= LAST => {
                events.push(Event::Position(one, next[one]));
                next[one] += 1;
            }
            _ => {}
        }
    }
    // What was lost last is sent again after the rest.
    for (one, from) in next.into_iter().enumerate() {
        events.extend((from..=LAST).map(|seq| Event::Position(one, seq)));
    }
    events
}

fn is_faultless(events: &[Event]) -> bool {
    let ids: [Arc<str>; 3] = ["a".into(), "b".into(), "c".into()];
    let mut ledger = Ledger::new(Mode::All);
    ledger.snapshot(&[], None, 50);
    for event in events {
        match *event {
            Event::Position(one, seq) => ledger.position(&ids[one], fix(seq)),
            Event::Cursor => ledger.cursor(),
            Event::Resumed => ledger.resumed(&[]),
        }
    }
    for id in &ids {
        ledger.ended(id, Phase::Finished);
    }
    ledger.violations().0.is_empty() && ids.iter().all(|id| ledger.lacks(id, &truth(LAST)).is_none())
}

proptest::proptest! {
    #[test]
    fn a_faultless_stream_has_no_fault_and_any_one_change_to_it_has(
        choices in proptest::collection::vec(0..5_usize, 0..200),
        coordinates in proptest::prelude::any::<proptest::sample::Index>(),
        change in 0..3,
    ) {
        let mut events = faultless(&choices);
        proptest::prop_assert!(is_faultless(&events));
        // Positions after the last loss: those that a lost connection takes with it are not noticed.
        let kept = events.iter().rposition(|event| *event == Event::Resumed).map_or(0, |last| last + 1);
        let places: Vec<usize> =
            (kept..events.len()).filter(|at| matches!(events[*at], Event::Position(..))).collect();
        proptest::prop_assume!(!places.is_empty());
        let at = *coordinates.get(&places);
        let Event::Position(one, _) = events[at] else { unreachable!() };
        let later = (at + 1..events.len()).find(|at| matches!(events[*at], Event::Position(other, _) if other == one));
        match (change, later) {
            (0, _) => drop(events.remove(at)),
            (1, _) => events.insert(at, events[at]),
            (_, Some(later)) => events.swap(at, later),
            (_, None) => return Ok(()),
        }
        proptest::prop_assert!(!is_faultless(&events));
    }
}
