//! The verdict on whatever may happen to a log: records lost, said twice, swapped, altered, cut off at the front.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

use delivery_kubectl::verify::audit::{Audit, Extent, Floor, Strangers};
use delivery_kubectl::verify::facts::{Facts, Scope};
use delivery_kubectl::verify::report::{DeliveryReport, Summary, Verdict};
use delivery_kubectl::verify::subject;
use delivery_kubectl::verify::verdict::Record;
use delivery_messages::{Millis, Motion, NewPosition, Plan, PlanPhase, Route, State, StatePhase, catalogue};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};

const START: Millis = 1_700_000_000_000;
const INTERVAL: u32 = 500;
const ID: &str = "8f6a";

fn route(corners: usize) -> Route {
    let path: Vec<_> = (0_u32..).take(corners).map(|at| [-47.9 + f64::from(at) * 0.0004, -15.8]).collect();
    let revision = catalogue::revision("1", &path);
    Route {
        id: "1".into(),
        namespace: "shop".into(),
        name: "primeiro".into(),
        revision,
        version: 1,
        title: "Primeiro".into(),
        path,
        length_meters: 1.0,
        listed: true,
    }
}

fn plan(route: &Route, motion: Motion) -> Plan {
    Plan {
        delivery_id: ID.into(),
        version: 2,
        phase: PlanPhase::Accepted,
        name: "primeiro".into(),
        namespace: "shop".into(),
        source: "demo/demo".into(),
        request_id: None,
        client_id: "vX3kq".into(),
        route_id: "1".into(),
        route: route.key(),
        courier: String::new(),
        vehicle: String::new(),
        motion,
        interval_milliseconds: INTERVAL,
        seed: 7,
        noise_meters: 4,
        model: 1,
        created_at: START - 1_000,
        resumed_at: None,
    }
}

/// One delivery and its records, as a simulator writes them.
#[derive(Clone, Debug)]
struct World {
    route: Option<Route>,
    plan: Option<Plan>,
    state: Option<State>,
    positions: Vec<NewPosition>,
    floor: Floor,
}

impl World {
    fn new(corners: usize, motion: Motion) -> Self {
        let route = route(corners);
        let plan = plan(&route, motion);
        let drive = subject::drive(&plan, subject::path(&route.key(), &route).unwrap()).unwrap();
        let positions: Vec<_> = (0..=drive.last_seq())
            .map(|seq| {
                let fix = drive.fix(seq);
                NewPosition {
                    route_id: "1".into(),
                    client_id: "vX3kq".into(),
                    position: fix.position,
                    finished: fix.finished,
                    delivery_id: ID.into(),
                    seq,
                    at: due(seq),
                    speed: fix.speed_meters_per_second,
                    heading: fix.heading,
                    progress: fix.progress,
                }
            })
            .collect();
        let mut world =
            Self { route: Some(route), plan: Some(plan), state: None, positions, floor: Floor::Since(Millis::MIN) };
        world.state = Some(world.state_after(drive.last_seq()));
        world
    }

    fn last(&self) -> usize {
        self.positions.len() - 1
    }

    fn state_after(&self, seq: u64) -> State {
        let position = &self.positions[usize::try_from(seq).unwrap()];
        State {
            delivery_id: ID.into(),
            version: State::version_of(i64::try_from(seq).unwrap(), position.finished),
            phase: if position.finished { StatePhase::Finished } else { StatePhase::Running },
            start: START,
            seq: i64::try_from(seq).unwrap(),
            at: position.at,
            position: Some(position.position),
            speed: position.speed,
            heading: position.heading,
            progress: position.progress,
            eta: 0,
            partition: 2,
            offset: 0,
            reason: None,
        }
    }

    fn stopped(mut self, phase: PlanPhase) -> Self {
        self.plan.as_mut().unwrap().phase = phase;
        self
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        facts.plan(ID, self.plan.clone());
        facts.state(ID, self.state.clone());
        if let (Some(route), Some(plan)) = (&self.route, &self.plan) {
            facts.route(&plan.route, Some(route));
        }
        facts
    }

    /// Judges these records, each `late` milliseconds late.
    fn judge_late(&self, positions: &[NewPosition], late: impl Fn(usize) -> Millis) -> (Vec<DeliveryReport>, Summary) {
        let (subjects, others, strangers) = self.facts().divide(&Scope::default());
        let mut audit = Audit::new(subjects, others, strangers, self.extents());
        for (offset, position) in positions.iter().enumerate() {
            let value = delivery_messages::encode(position).unwrap();
            audit.record(&Record {
                partition: 2,
                offset: i64::try_from(offset).unwrap(),
                appended: Some(position.at + late(offset)),
                key: ID.as_bytes(),
                value: &value,
            });
        }
        audit.finish()
    }

    fn extents(&self) -> BTreeMap<i32, Extent> {
        BTreeMap::from([(2, Extent { begin: 0, end: 100_000, floor: self.floor })])
    }

    #[track_caller]
    fn judge(&self, positions: &[NewPosition]) -> DeliveryReport {
        let (mut reports, _) = self.judge_late(positions, |_| 20);
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports.remove(0)
    }
}

fn due(seq: u64) -> Millis {
    START + Millis::try_from(seq).unwrap() * Millis::from(INTERVAL)
}

fn is(report: &DeliveryReport, verdict: Verdict, gaps: u64, repeats: u64, reordered: u64, wrong: u64) -> bool {
    (report.verdict, report.gaps, report.repeats, report.reordered, report.wrong)
        == (verdict, gaps, repeats, reordered, wrong)
}

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

fn world() -> World {
    World::new(20, Motion::ConstantSpeed { speed_kmh: 40 })
}

#[test]
fn a_delivery_that_is_not_at_its_end_has_the_verdict_of_its_phase() {
    for (phase, verdict) in [
        (PlanPhase::Accepted, Verdict::Running),
        (PlanPhase::Suspended, Verdict::Suspended),
        (PlanPhase::Cancelled, Verdict::Cancelled),
    ] {
        let mut world = world().stopped(phase);
        world.state = Some(world.state_after(4));
        let report = world.judge(&world.positions[..7]);
        assert!(is(&report, verdict, 0, 0, 0, 0), "{report:?}");
        world.state = None;
        assert!(is(&world.judge(&[]), verdict, 0, 0, 0, 0), "nothing of it is in the log yet");
    }
    let mut world = world();
    world.state = Some(world.state_after(4));
    world.state.as_mut().unwrap().phase = StatePhase::Failed;
    world.state.as_mut().unwrap().reason = Some("The model is unknown".into());
    let report = world.judge(&world.positions[..5]);
    assert_eq!((report.verdict, report.reason.as_deref()), (Verdict::Failed, Some("The model is unknown")));
}

#[test]
fn without_plan_or_route_nothing_can_be_verified_but_a_gap_is_still_seen() {
    let gone = World { plan: None, ..world() };
    let report = gone.judge(&gone.positions);
    assert_eq!((report.verdict, report.name.as_str(), report.delivery_id.as_str()), (Verdict::Unverifiable, "", ID));
    assert_eq!(report.reason.unwrap(), "Its plan is not in the log.");
    let mut positions = gone.positions.clone();
    positions.remove(3);
    assert!(is(&gone.judge(&positions), Verdict::Broken, 1, 0, 0, 0));
    let gone = World { route: None, ..world() };
    let report = gone.judge(&gone.positions);
    assert_eq!((report.verdict, report.name.as_str()), (Verdict::Unverifiable, "primeiro"));
    let mut forged = world();
    forged.route.as_mut().unwrap().path[3][0] += 1e-6;
    let report = forged.judge(&forged.positions);
    assert!(report.reason.unwrap().contains("does not have the content that its revision stands for"));
    let mut later = world();
    later.plan.as_mut().unwrap().model = 2;
    assert!(later.judge(&later.positions).reason.unwrap().contains("version 2 of the motion model"));
}

#[test]
fn a_front_that_is_younger_than_what_retention_removed_is_a_gap() {
    let mut world = World::new(2_000, Motion::PointPerTick);
    // Everything since long before the start is there: other deliveries' older records are.
    world.floor = Floor::Since(START - 3_600_000);
    assert!(is(&world.judge(&world.positions[900..]), Verdict::Broken, 900, 0, 0, 0));
    // Retention cut in the middle, at seq 600; up to a minute of difference between clocks is allowed for.
    world.floor = Floor::Since(due(600));
    assert!(is(&world.judge(&world.positions[700..]), Verdict::Truncated, 0, 0, 0, 0));
    assert!(is(&world.judge(&world.positions[900..]), Verdict::Broken, 900 - 600 - 121, 0, 0, 0));
    // Nothing is left, and nothing need be; or the last must be there.
    world.floor = Floor::FirstRecord;
    let report = world.judge(&[]);
    assert!(is(&report, Verdict::Truncated, 0, 0, 0, 0), "{report:?}");
    world.floor = Floor::Since(due(1_999) - 61_000);
    let report = world.judge(&[]);
    assert!(report.verdict == Verdict::Broken && report.gaps > 0, "{report:?}");
}

#[test]
fn a_resumption_that_nobody_sees_any_more_is_no_fault() {
    let mut world = World::new(40, Motion::PointPerTick);
    let resumed = due(10) + 7_777;
    world.plan.as_mut().unwrap().resumed_at = Some(resumed);
    for (after, position) in (0..).zip(&mut world.positions[10..]) {
        position.at = resumed + after * Millis::from(INTERVAL);
    }
    world.state = Some(world.state_after(39));
    // It lies in a gap.
    let mut positions = world.positions.clone();
    positions.drain(8..13);
    assert!(is(&world.judge(&positions), Verdict::Broken, 5, 0, 0, 0));
    // It lies in what retention has removed.
    world.floor = Floor::FirstRecord;
    assert!(is(&world.judge(&world.positions[20..]), Verdict::Truncated, 0, 0, 0, 0));
    // No resumption explains a jump beyond it, nor one that comes too early.
    for (by, wrong) in [(Millis::from(INTERVAL) * 10 + 1, 20), (-7_778, 20)] {
        let shifted = world.positions[20..].iter().map(|one| NewPosition { at: one.at + by, ..one.clone() });
        assert_eq!(world.judge(&shifted.collect::<Vec<_>>()).wrong, wrong, "{by}");
    }
}

#[test]
fn an_outage_is_seen_in_the_lateness_and_is_no_fault() {
    let world = world();
    let late = |offset| if (5..9).contains(&offset) { 600_000 - 500 * Millis::try_from(offset).unwrap() } else { 30 };
    let (reports, summary) = world.judge_late(&world.positions, late);
    assert_eq!((reports[0].late_max_milliseconds, reports[0].caught_up), (Some(597_500), 4));
    assert_eq!(reports[0].verdict, Verdict::Complete);
    assert_eq!(summary.verdicts, BTreeMap::from([(Verdict::Complete, 1)]));
}

/// Judges raw records beside a complete delivery.
fn beside(key: &str, value: &str, partition: i32) -> (DeliveryReport, Summary) {
    let world = world();
    let (subjects, others, strangers) = world.facts().divide(&Scope::default());
    let mut audit = Audit::new(subjects, others, strangers, world.extents());
    for position in &world.positions {
        let value = delivery_messages::encode(position).unwrap();
        let appended = Some(position.at);
        audit.record(&Record { partition: 2, offset: 1, appended, key: ID.as_bytes(), value: &value });
    }
    audit.record(&Record { partition, offset: 99, appended: None, key: key.as_bytes(), value: value.as_bytes() });
    let (mut reports, summary) = audit.finish();
    (reports.remove(0), summary)
}

#[test]
fn foreign_records_break_only_the_delivery_that_they_name() {
    let (report, summary) = beside("nobody", "no json", 2);
    assert_eq!((report.verdict, summary.unreadable), (Verdict::Complete, 1));
    let (report, _) = beside(ID, "no json", 2);
    assert!(is(&report, Verdict::Broken, 0, 0, 0, 1), "{report:?}");
    assert_eq!(report.faults[0].found, "no json");
    let first = String::from_utf8(delivery_messages::encode(&world().positions[0]).unwrap()).unwrap();
    assert!(is(&beside(ID, &first, 2).0, Verdict::Complete, 0, 1, 0, 0));
    assert!(is(&beside(ID, &first, 5).0, Verdict::Broken, 0, 1, 0, 1), "a delivery has one partition");
    assert!(is(&beside("another", &first, 2).0, Verdict::Broken, 0, 0, 0, 1), "its key is its id");
    let padded = first.replace(':', ": ");
    assert!(is(&beside(ID, &padded, 2).0, Verdict::Broken, 0, 1, 0, 1), "a repeat is byte-identical");
    let beyond = first.replace("\"seq\":0", "\"seq\":4000000000");
    assert!(is(&beside(ID, &beyond, 2).0, Verdict::Broken, 0, 0, 0, 1), "no gap of four billion");
}

#[test]
fn positions_of_a_release_with_more_fields_are_right_and_so_are_their_repeats() {
    let world = world();
    let (subjects, others, strangers) = world.facts().divide(&Scope::default());
    let mut audit = Audit::new(subjects, others, strangers, world.extents());
    for position in world.positions.iter().chain(&world.positions[5..8]) {
        let text = String::from_utf8(delivery_messages::encode(position).unwrap()).unwrap();
        let value = text.replace("\"seq\"", "\"altitude\":1170.5,\"seq\"");
        let key = ID.as_bytes();
        audit.record(&Record { partition: 2, offset: 0, appended: None, key, value: value.as_bytes() });
    }
    let (reports, _) = audit.finish();
    assert!(is(&reports[0], Verdict::Complete, 0, 3, 0, 0), "{reports:?}");
    assert_eq!(reports[0].late_max_milliseconds, None, "the producer's clock says nothing of the broker");
}

#[test]
fn the_scope_chooses_by_namespace_name_id_and_time() {
    let world = world();
    let scope = |namespace: Option<&str>, deliveries: &[&str], since| Scope {
        namespace: namespace.map(str::to_owned),
        deliveries: deliveries.iter().map(|&name| name.to_owned()).collect(),
        since,
    };
    let chosen = |scope: &Scope| world.facts().divide(scope).0.len();
    assert_eq!(chosen(&scope(Some("shop"), &[], None)), 1);
    assert_eq!(chosen(&scope(Some("north"), &[], None)), 0);
    assert_eq!(chosen(&scope(Some("shop"), &["primeiro"], None)), 1);
    assert_eq!(chosen(&scope(Some("north"), &["primeiro"], None)), 0, "a name belongs to a namespace");
    assert_eq!(chosen(&scope(Some("north"), &[ID], None)), 1, "an id does not");
    let end = world.positions[world.last()].at;
    assert_eq!(chosen(&scope(None, &[], Some(end))), 1);
    assert_eq!(chosen(&scope(None, &[], Some(end + 1))), 0);
    assert_eq!(world.facts().missing(&scope(Some("shop"), &["primeiro", "segundo"], None)), ["segundo"]);
    let (_, others, strangers) = world.facts().divide(&scope(Some("north"), &["x"], None));
    assert_eq!((others.len(), strangers), (1, Strangers::Some(HashSet::from(["x".to_owned()]))));
    assert_eq!(world.facts().read_from(&scope(None, &[], None)), None, "strangers may be older than all plans");
    let since_end = scope(Some("shop"), &[], Some(end));
    assert_eq!(world.facts().read_from(&since_end), Some(START - 1_000 - 120_000));
}

#[test]
fn older_versions_and_tombstones_are_understood() {
    let world = world();
    let mut facts = world.facts();
    let mut older = world.plan.clone().unwrap();
    (older.version, older.name) = (1, "older".into());
    facts.plan(ID, Some(older));
    facts.state(ID, Some(world.state_after(3)));
    assert_eq!(facts.plans[ID].name, "primeiro");
    assert_eq!(facts.states[ID].phase, StatePhase::Finished);
    facts.plan(ID, None);
    assert!(facts.plans.is_empty());
}

#[test]
fn only_broken_fails_and_strict_wants_everything_complete() {
    let summary = |verdict| {
        let mut summary = Summary::default();
        summary.add(&DeliveryReport { verdict, ..world().judge(&[]) });
        summary
    };
    for verdict in [Verdict::Running, Verdict::Cancelled, Verdict::Truncated, Verdict::Unverifiable] {
        assert!(!summary(verdict).fails(false) && summary(verdict).fails(true), "{verdict}");
    }
    assert!(!summary(Verdict::Complete).fails(true));
    assert!(summary(Verdict::Broken).fails(false));
    assert!(Summary::default().fails(true) && !Summary::default().fails(false), "nothing is no proof");
}
