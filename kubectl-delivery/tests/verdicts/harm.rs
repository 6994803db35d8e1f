//! Properties: what is done to the records at random, and the verdict that must follow.

use crate::world::{INTERVAL, World, due, is};
use delivery_kubectl::verify::audit::Floor;
use delivery_kubectl::verify::report::Verdict;
use delivery_messages::{Millis, Motion};
use proptest::prelude::*;

fn worlds() -> impl Strategy<Value = World> {
    let motion =
        prop_oneof![Just(Motion::PointPerTick), (5_u32..90).prop_map(|speed_kmh| Motion::ConstantSpeed { speed_kmh })];
    (4_usize..30, motion).prop_map(|(corners, motion)| World::new(corners, motion))
}

/// A world and a place among its positions that is neither the first nor the last.
fn places() -> impl Strategy<Value = (World, usize)> {
    worlds().prop_flat_map(|world| {
        let last = world.last();
        (Just(world), 1..last)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_a_simulator_writes_is_complete(world in worlds()) {
        let report = world.judge(&world.positions);
        prop_assert!(is(&report, Verdict::Complete, 0, 0, 0, 0), "{report:?}");
        prop_assert_eq!((report.positions, report.finished), (world.positions.len() as u64, 1));
        prop_assert_eq!((report.late_max_milliseconds, report.caught_up), (Some(20), 0));
    }

    #[test]
    fn a_lost_record_is_a_gap((world, place) in places(), more in 0_usize..3) {
        let mut positions = world.positions.clone();
        let end = (place + 1 + more).min(world.last());
        positions.drain(place..end);
        let report = world.judge(&positions);
        prop_assert!(is(&report, Verdict::Broken, (end - place) as u64, 0, 0, 0), "{report:?}");
        prop_assert_eq!(&report.faults[0].problem, "gap");
        prop_assert_eq!(report.faults[0].seq, Some(end as u64));
        prop_assert_eq!(&report.faults[0].expected, &format!("seq {place}"));
    }

    #[test]
    fn a_lost_end_is_a_gap_although_nothing_follows_it((world, place) in places()) {
        let report = world.judge(&world.positions[..place]);
        let lost = (world.positions.len() - place) as u64;
        prop_assert!(is(&report, Verdict::Broken, lost, 0, 0, 0), "{report:?}");
        prop_assert_eq!(&report.faults[0].problem, "lost");
    }

    #[test]
    fn records_that_are_said_again_from_anywhere_on_are_repeats((world, place) in places(), back in 1_usize..20, and_again in 0_usize..20) {
        let mut positions = world.positions[..place].to_vec();
        let from = place.saturating_sub(back);
        positions.extend_from_slice(&world.positions[from..]);
        let again = world.last() - and_again.min(world.last());
        positions.extend_from_slice(&world.positions[again..]);
        let report = world.judge(&positions);
        let repeats = (place - from) + (world.positions.len() - again);
        prop_assert!(is(&report, Verdict::Complete, 0, repeats as u64, 0, 0), "{report:?}");
        prop_assert_eq!(report.finished, 1);
    }

    #[test]
    fn two_processes_that_drive_one_plan_are_repeats((world, place) in places(), turns in proptest::collection::vec(any::<bool>(), 0..80)) {
        // Each goes on from where it read the log, and writes all that follows; the log shuffles the two like cards.
        let mut hands = [world.positions[..].to_vec(), world.positions[place..].to_vec()];
        for hand in &mut hands {
            hand.reverse();
        }
        let mut positions: Vec<_> = (0..place).filter_map(|_| hands[0].pop()).collect();
        for turn in turns {
            positions.extend(hands[usize::from(turn)].pop());
        }
        for mut hand in hands {
            hand.reverse();
            positions.extend(hand);
        }
        let report = world.judge(&positions);
        let repeats = world.positions.len() - place;
        prop_assert!(is(&report, Verdict::Complete, 0, repeats as u64, 0, 0), "{report:?}");
    }

    #[test]
    fn swapped_records_are_reordered((world, place) in places()) {
        let mut positions = world.positions.clone();
        positions.swap(place - 1, place);
        let report = world.judge(&positions);
        prop_assert!(is(&report, Verdict::Broken, 0, 0, 1, 0), "{report:?}");
    }

    #[test]
    fn an_altered_record_is_wrong_and_nothing_else((world, place) in places(), field in 0_usize..8, again in any::<bool>()) {
        let mut positions = world.positions.clone();
        if again {
            // The first is right, and a repeat of it is altered.
            positions.insert(place, positions[place].clone());
        }
        let altered = &mut positions[if again { place + 1 } else { place }];
        match field {
            0 => altered.position[0] += 1e-7,
            1 => altered.position[1] -= 1e-7,
            2 => altered.finished = true,
            3 => altered.at += 1,
            4 => altered.at -= 1,
            5 => altered.heading += 0.1,
            6 => altered.progress -= 0.0001,
            _ => altered.client_id = "somebody".into(),
        }
        let report = world.judge(&positions);
        prop_assert!(is(&report, Verdict::Broken, 0, u64::from(again), 0, 1), "{report:?}");
        prop_assert_eq!(report.faults[0].seq, Some(place as u64));
        prop_assert!(!report.faults[0].found.contains("somebody"), "a client's id is shown to nobody");
    }

    #[test]
    fn a_log_whose_front_was_cut_is_truncated((mut world, place) in places(), repeats in 0_usize..3) {
        world.floor = Floor::FirstRecord;
        let mut positions = world.positions[place..].to_vec();
        // What comes again from before the cut is no disorder.
        let from = place.saturating_sub(repeats);
        positions.splice(1..1, world.positions[from..=place].iter().cloned());
        let report = world.judge(&positions);
        prop_assert!(is(&report, Verdict::Truncated, 0, (place - from + 1) as u64, 0, 0), "{report:?}");
    }

    #[test]
    fn a_missing_front_that_nothing_has_cut_is_a_gap((world, place) in places()) {
        let report = world.judge(&world.positions[place..]);
        prop_assert!(is(&report, Verdict::Broken, place as u64, 0, 0, 0), "{report:?}");
    }

    #[test]
    fn a_suspension_shifts_the_times_and_is_no_fault((mut world, place) in places(), pause in 0_i64..9_000_000, repeats in 0_usize..4) {
        let resumed = due(place as u64) + pause;
        world.plan.as_mut().unwrap().resumed_at = Some(resumed);
        for (after, position) in (0..).zip(&mut world.positions[place..]) {
            position.at = resumed + after * Millis::from(INTERVAL);
        }
        world.state = Some(world.state_after(world.last() as u64));
        let mut positions = world.positions.clone();
        let from = place.saturating_sub(repeats);
        positions.splice(place..place, world.positions[from..place].iter().cloned());
        positions.push(world.positions[from].clone());
        let report = world.judge(&positions);
        prop_assert!(is(&report, Verdict::Complete, 0, (place - from) as u64 + 1, 0, 0), "{report:?}");
        // The same jump without a resumption is a fault of every position after it.
        world.plan.as_mut().unwrap().resumed_at = None;
        let report = world.judge(&world.positions);
        let wrong = if pause == 0 { 0 } else { world.positions.len() - place };
        prop_assert_eq!(report.wrong, wrong as u64);
    }

    #[test]
    fn whatever_becomes_of_the_records_only_an_unharmed_log_is_complete(
        world in worlds(), changes in proptest::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6)
    ) {
        let mut positions = world.positions.clone();
        for (change, one, other) in changes {
            if positions.is_empty() { break; }
            let (one, other) = (one.index(positions.len()), other.index(positions.len()));
            match change {
                0 => drop(positions.remove(one)),
                1 => positions.insert(one, positions[other].clone()),
                2 => positions.swap(one, other),
                _ => positions[one].speed += 0.01,
            }
        }
        // A reader that drops what it has seen, and believes only what is right.
        let mut seen = Vec::new();
        let mut harmed = false;
        for position in &positions {
            harmed |= *position != world.positions[usize::try_from(position.seq).unwrap()];
            if !seen.contains(&position.seq) { seen.push(position.seq); }
        }
        harmed |= !seen.iter().copied().eq(0..world.positions.len() as u64);
        let report = world.judge(&positions);
        prop_assert_eq!(report.verdict, if harmed { Verdict::Broken } else { Verdict::Complete }, "{:?}", report);
    }
}
