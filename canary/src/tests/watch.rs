use super::*;

fn accepted() -> Frame {
    Frame::Accepted { request_id: "r".to_owned(), delivery_id: "d".to_owned() }
}

fn position(seq: u64, finished: bool) -> Frame {
    let at = 1_000 + i64::try_from(seq).unwrap() * 100;
    Frame::Position(Position { delivery_id: "d".to_owned(), seq, at, finished })
}

fn finished() -> Frame {
    Frame::Finished { delivery_id: "d".to_owned() }
}

fn listing(phase: &str) -> Frame {
    let ours = Delivery { delivery_id: "d".to_owned(), phase: phase.to_owned() };
    Frame::Listing { cursor: None, deliveries: vec![ours] }
}

/// A run whose request was sent at 500, after these frames, each 10 ms after the one before from 1,010 on.
fn after(frames: &[Frame]) -> (Watch, Result<Vec<Sight>, Failure>) {
    let mut watch = Watch::new("r".to_owned());
    watch.sent(500);
    let (mut now, mut all) = (1_000, Vec::new());
    for frame in frames {
        now += 10;
        match watch.see(frame, now) {
            Ok(sights) => all.extend(sights),
            Err(failure) => return (watch, Err(failure)),
        }
    }
    (watch, Ok(all))
}

#[test]
fn a_delivery_that_goes_well_is_complete_after_its_last_position_and_its_end() {
    let (watch, sights) = after(&[accepted(), position(0, false), position(1, true)]);
    assert!(!watch.is_complete());
    assert_eq!(
        sights.unwrap(),
        [
            Sight::Accepted { after: 510 },
            Sight::FirstPosition { after: 520 },
            Sight::Position { age: 20 },
            Sight::Position { age: -70 },
        ]
    );
    let (watch, _) = after(&[accepted(), position(0, false), position(1, true), finished()]);
    assert!(watch.is_complete());
    let (watch, _) = after(&[accepted(), finished(), position(0, true)]);
    assert!(watch.is_complete(), "the two come from different topics");
}

#[test]
fn positions_before_the_acceptance_count_and_those_of_others_do_not() {
    let other = Frame::Position(Position { delivery_id: "other".to_owned(), seq: 9, at: 1, finished: false });
    let (_, sights) = after(&[position(0, false), other.clone(), accepted(), other, position(1, false)]);
    let sights = sights.unwrap();
    assert_eq!(sights.len(), 4, "{sights:?}");
    assert_eq!(sights[1], Sight::FirstPosition { after: 510 }, "when it came, not when it was known to be ours");
}

#[test]
fn a_gap_a_repeat_a_wrong_order_and_what_follows_the_end_are_failures() {
    let frames = |rest: &[Frame]| [vec![accepted(), position(0, false), position(1, false)], rest.to_vec()].concat();
    for (rest, reason) in [
        (vec![position(3, false)], "gap"),
        (vec![position(1, false)], "repeated"),
        (vec![position(0, false)], "disordered"),
        (vec![position(2, true), position(3, false)], "after-the-end"),
        (vec![position(2, true), finished(), finished()], "finished-twice"),
        (vec![Frame::Cancelled { delivery_id: "d".to_owned() }], "ended"),
        (vec![listing("Failed")], "ended"),
    ] {
        let (_, ended) = after(&frames(&rest));
        assert_eq!(ended.unwrap_err().reason(), reason, "{rest:?}");
    }
    let (_, ended) = after(&[accepted(), position(1, false)]);
    assert_eq!(ended.unwrap_err(), Failure::Gap { delivery: "d".to_owned(), due: 0, found: 1 });
}

#[test]
fn only_the_rejection_of_its_own_request_is_a_failure() {
    let rejected = |id: Option<&str>| Frame::Rejected {
        request_id: id.map(str::to_owned),
        reason: "UnknownRoute".to_owned(),
        message: "There is no such route.".to_owned(),
    };
    let (_, ended) = after(&[rejected(None), rejected(Some("another"))]);
    assert!(ended.unwrap().is_empty());
    let (_, ended) = after(&[rejected(Some("r"))]);
    assert_eq!(ended.unwrap_err().reason(), "rejected");
}

#[test]
fn after_a_new_connection_what_has_come_may_come_once_more_and_nothing_may_be_missing() {
    let begun = || {
        let (mut watch, _) = after(&[accepted(), position(0, false), position(1, false)]);
        watch.resume();
        watch
    };
    let mut watch = begun();
    for seq in [0, 1] {
        assert!(watch.see(&position(seq, false), 2_000).unwrap().is_empty());
    }
    assert_eq!(watch.see(&position(2, false), 2_000).unwrap().len(), 1);
    assert_eq!(watch.see(&position(2, false), 2_000).unwrap_err().reason(), "repeated");
    assert_eq!(begun().see(&position(3, false), 2_000).unwrap_err().reason(), "gap");
    // It arrived while there was no connection, so its end is in the list alone.
    let mut watch = begun();
    watch.see(&listing("Finished"), 2_000).unwrap();
    assert!(!watch.is_complete());
    watch.see(&position(2, true), 2_000).unwrap();
    assert!(watch.is_complete());
}

#[test]
fn what_is_late_is_named_by_how_far_it_came() {
    let (watch, _) = after(&[]);
    assert_eq!(watch.late(), Failure::NotAccepted("r".to_owned()));
    let (watch, _) = after(&[accepted()]);
    assert_eq!(watch.late(), Failure::NoPosition("d".to_owned()));
    let (watch, _) = after(&[accepted(), position(0, false)]);
    assert_eq!(watch.late(), Failure::NotFinished { delivery: "d".to_owned(), next: 1 });
}
