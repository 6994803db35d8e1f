//! Properties: random changes of the records, and the verdict that must follow.

use delivery_messages::{Millis, Motion};
use delivery_verify::audit::CompleteSince;
use delivery_verify::report::{Problem, Verdict};
use proptest::prelude::*;

use crate::scenario::{INTERVAL, Scenario, due, is};

fn scenarios() -> impl Strategy<Value = Scenario> {
    let motion =
        prop_oneof![Just(Motion::PointPerTick), (5_u32..90).prop_map(|speed_kmh| Motion::ConstantSpeed { speed_kmh })];
    (4_usize..30, motion).prop_map(|(corners, motion)| Scenario::new(corners, motion))
}

/// A scenario and a place among its positions that is neither the first nor the last.
fn places() -> impl Strategy<Value = (Scenario, usize)> {
    scenarios().prop_flat_map(|scenario| {
        let last = scenario.last();
        (Just(scenario), 1..last)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_a_simulator_writes_is_complete(scenario in scenarios()) {
        let report = scenario.judge(&scenario.positions);
        prop_assert!(is(&report, Verdict::Complete, 0, 0, 0, 0), "{report:?}");
        prop_assert_eq!((report.positions, report.finished), (scenario.positions.len() as u64, 1));
        prop_assert_eq!((report.late_max_milliseconds, report.caught_up), (Some(20), 0));
    }

    #[test]
    fn a_lost_record_is_a_gap((scenario, place) in places(), more in 0_usize..3) {
        let mut positions = scenario.positions.clone();
        let end = (place + 1 + more).min(scenario.last());
        positions.drain(place..end);
        let report = scenario.judge(&positions);
        prop_assert!(is(&report, Verdict::Broken, (end - place) as u64, 0, 0, 0), "{report:?}");
        prop_assert_eq!(report.faults[0].problem, Problem::Gap);
        prop_assert_eq!(report.faults[0].seq, Some(end as u64));
        prop_assert_eq!(&report.faults[0].expected, &format!("seq {place}"));
    }

    #[test]
    fn a_lost_end_is_a_gap_although_nothing_follows_it((scenario, place) in places()) {
        let report = scenario.judge(&scenario.positions[..place]);
        let lost = (scenario.positions.len() - place) as u64;
        prop_assert!(is(&report, Verdict::Broken, lost, 0, 0, 0), "{report:?}");
        prop_assert_eq!(report.faults[0].problem, Problem::Lost);
    }

    #[test]
    fn records_that_are_written_again_are_repeats((scenario, place) in places(), back in 1_usize..20, and_again in 0_usize..20) {
        let mut positions = scenario.positions[..place].to_vec();
        let from = place.saturating_sub(back);
        positions.extend_from_slice(&scenario.positions[from..]);
        let again = scenario.last() - and_again.min(scenario.last());
        positions.extend_from_slice(&scenario.positions[again..]);
        let report = scenario.judge(&positions);
        let repeats = (place - from) + (scenario.positions.len() - again);
        prop_assert!(is(&report, Verdict::Complete, 0, repeats as u64, 0, 0), "{report:?}");
        prop_assert_eq!(report.finished, 1);
    }

    #[test]
    fn two_processes_that_run_one_plan_cause_repeats((scenario, place) in places(), turns in proptest::collection::vec(any::<bool>(), 0..80)) {
        // Each continues from where it read the log and writes the rest; the log interleaves the two.
        let mut hands = [scenario.positions[..].to_vec(), scenario.positions[place..].to_vec()];
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
        let report = scenario.judge(&positions);
        let repeats = scenario.positions.len() - place;
        prop_assert!(is(&report, Verdict::Complete, 0, repeats as u64, 0, 0), "{report:?}");
    }

    #[test]
    fn swapped_records_are_reordered((scenario, place) in places()) {
        let mut positions = scenario.positions.clone();
        positions.swap(place - 1, place);
        let report = scenario.judge(&positions);
        prop_assert!(is(&report, Verdict::Broken, 0, 0, 1, 0), "{report:?}");
    }

    #[test]
    fn an_altered_record_is_wrong_and_nothing_else((scenario, place) in places(), field in 0_usize..8, again in any::<bool>()) {
        let mut positions = scenario.positions.clone();
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
        let report = scenario.judge(&positions);
        prop_assert!(is(&report, Verdict::Broken, 0, u64::from(again), 0, 1), "{report:?}");
        prop_assert_eq!(report.faults[0].seq, Some(place as u64));
        prop_assert!(!report.faults[0].found.contains("somebody"), "a client's id is not shown");
    }

    #[test]
    fn a_log_whose_front_was_cut_is_truncated((mut scenario, place) in places(), repeats in 0_usize..3) {
        scenario.complete_since = CompleteSince::FirstRecord;
        let mut positions = scenario.positions[place..].to_vec();
        // Repeats from before the cut are not reordered.
        let from = place.saturating_sub(repeats);
        positions.splice(1..1, scenario.positions[from..=place].iter().cloned());
        let report = scenario.judge(&positions);
        prop_assert!(is(&report, Verdict::Truncated, 0, (place - from + 1) as u64, 0, 0), "{report:?}");
    }

    #[test]
    fn a_missing_front_that_nothing_has_cut_is_a_gap((scenario, place) in places()) {
        let report = scenario.judge(&scenario.positions[place..]);
        prop_assert!(is(&report, Verdict::Broken, place as u64, 0, 0, 0), "{report:?}");
    }

    #[test]
    fn a_suspension_shifts_the_times_and_is_no_fault((mut scenario, place) in places(), pause in 0_i64..9_000_000, repeats in 0_usize..4) {
        let resumed = due(place as u64) + pause;
        scenario.plan.as_mut().unwrap().resumed_at = Some(resumed);
        for (after, position) in (0..).zip(&mut scenario.positions[place..]) {
            position.at = resumed + after * Millis::from(INTERVAL);
        }
        scenario.state = Some(scenario.state_after(scenario.last() as u64));
        let mut positions = scenario.positions.clone();
        let from = place.saturating_sub(repeats);
        positions.splice(place..place, scenario.positions[from..place].iter().cloned());
        positions.push(scenario.positions[from].clone());
        let report = scenario.judge(&positions);
        prop_assert!(is(&report, Verdict::Complete, 0, (place - from) as u64 + 1, 0, 0), "{report:?}");
        // The same jump without a resumption is a fault of every position after it.
        scenario.plan.as_mut().unwrap().resumed_at = None;
        let report = scenario.judge(&scenario.positions);
        let wrong = if pause == 0 { 0 } else { scenario.positions.len() - place };
        prop_assert_eq!(report.wrong, wrong as u64);
    }

    #[test]
    fn whatever_becomes_of_the_records_only_an_unharmed_log_is_complete(
        scenario in scenarios(), changes in proptest::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6)
    ) {
        let mut positions = scenario.positions.clone();
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
            harmed |= *position != scenario.positions[usize::try_from(position.seq).unwrap()];
            if !seen.contains(&position.seq) { seen.push(position.seq); }
        }
        harmed |= !seen.iter().copied().eq(0..scenario.positions.len() as u64);
        let report = scenario.judge(&positions);
        prop_assert_eq!(report.verdict, if harmed { Verdict::Broken } else { Verdict::Complete }, "{:?}", report);
    }
}
