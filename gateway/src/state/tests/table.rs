//! Tests of the fold.

use delivery_messages::{DeliveryEvent, Plan, PlanPhase, State, StatePhase};
use proptest::prelude::*;

use super::*;
use crate::model::limits::Impossible;
use crate::model::record::RecordOffset;
use crate::testing::{
    self, NOW, cancelled, folded, only, plan, plan_record, position, position_record, route_record, shown, state,
    state_record,
};

#[test]
fn a_delivery_is_seen_when_its_plan_is_known_with_the_position_that_came_before() {
    let mut table = folded([position_record(position("d1", 4, false), 0)]);
    assert!(table.changes().deliveries.is_empty());
    table.fold(plan_record(plan("d1")));
    let change = only(&mut table);
    assert!(change.marks.view && change.marks.position && change.marks.accepted && !change.marks.end);
    let delivery = change.delivery.unwrap();
    assert_eq!(delivery.phase, Phase::Running);
    assert_eq!(delivery.fix.unwrap().seq, 4);
}

#[test]
fn a_delivery_has_the_pod_of_its_newest_state_also_when_it_has_ended() {
    let of = |seq, phase, pod: &str| state_record(State { pod: Some(pod.to_owned()), ..state("d1", seq, phase) }, 0);
    let mut table = folded([plan_record(plan("d1")), of(1, StatePhase::Running, "d1-a")]);
    assert_eq!(only(&mut table).delivery.unwrap().pod.as_deref(), Some("d1-a"));
    table.fold(of(4, StatePhase::Running, "d1-b"));
    table.fold(position_record(position("d1", 9, true), 0));
    table.fold(of(9, StatePhase::Finished, "d1-c"));
    let ended = only(&mut table).delivery.unwrap();
    assert_eq!((ended.phase, ended.pod.as_deref()), (Phase::Finished, Some("d1-c")));
    let read_first = |phase| shown(&mut folded([of(9, phase, "d1-a"), plan_record(plan("d1"))])).pod;
    assert_eq!(read_first(StatePhase::Finished).as_deref(), Some("d1-a"), "as at a start");
    assert_eq!(read_first(StatePhase::Running), None, "until its next state");
}

#[test]
fn a_known_seq_is_dropped() {
    let mut table = folded([plan_record(plan("d1")), position_record(position("d1", 4, false), 0)]);
    table.changes();
    assert_eq!(table.fold(position_record(position("d1", 4, false), 1)), Folded::Repeat);
    assert_eq!(table.fold(position_record(position("d1", 3, false), 1)), Folded::Repeat);
    assert_eq!(table.fold(state_record(state("d1", 3, StatePhase::Running), 1)), Folded::Applied);
    let change = only(&mut table);
    assert!(!change.marks.position && !change.marks.view, "a state that lags behind moves nothing: {change:?}");
    assert_eq!(change.delivery.unwrap().eta, Some(NOW + 60_000));
    assert_eq!(table.fold(position_record(position("d1", 5, false), 2)), Folded::Applied);
    assert!(only(&mut table).marks.position);
}

#[test]
fn a_phase_change_is_marked_and_a_mere_position_is_not_one() {
    let mut table = folded([plan_record(plan("d1"))]);
    assert_eq!(shown(&mut table).phase, Phase::Accepted);
    table.fold(state_record(state("d1", -1, StatePhase::Running), 0));
    let change = only(&mut table);
    assert!(change.marks.view && !change.marks.position && !change.marks.accepted);
    table.fold(position_record(position("d1", 0, false), 0));
    assert!(only(&mut table).marks.position);
    table.fold(position_record(position("d1", 1, false), 0));
    let change = only(&mut table);
    assert!(change.marks.position && !change.marks.view);
    table.fold(plan_record(Plan { version: 4, phase: PlanPhase::Suspended, ..plan("d1") }));
    let change = only(&mut table);
    assert!(change.marks.view && !change.marks.accepted);
    assert_eq!(change.delivery.unwrap().phase, Phase::Suspended);
    table.fold(plan_record(Plan { version: 6, resumed_at: Some(NOW), ..plan("d1") }));
    assert_eq!(shown(&mut table).phase, Phase::Running);
}

#[test]
fn an_older_plan_or_state_changes_nothing() {
    let mut table = folded([plan_record(cancelled("d1")), state_record(state("d1", 5, StatePhase::Running), 0)]);
    assert_eq!(table.fold(plan_record(plan("d1"))), Folded::Repeat);
    assert_eq!(table.fold(state_record(state("d1", 4, StatePhase::Running), 0)), Folded::Repeat);
    assert_eq!(shown(&mut table).phase, Phase::Cancelled);
}

#[test]
fn events_come_with_later_records_of_the_same_plan_and_send_nothing() {
    let event = |reason: &str, last| DeliveryEvent {
        reason: reason.to_owned(),
        message: "It is so.".to_owned(),
        warning: false,
        first: NOW,
        last,
        count: 1,
    };
    let with = |events: &[DeliveryEvent]| plan_record(Plan { events: events.to_vec(), ..plan("d1") });
    let (pending, driving) = (event("PodPending", NOW), event("UnderWay", NOW + 1));
    let mut table = folded([with(&[]), position_record(position("d1", 0, false), 0)]);
    table.changes();
    assert_eq!(table.fold(with(std::slice::from_ref(&pending))), Folded::Applied);
    assert_eq!(table.fold(with(&[pending.clone(), driving.clone()])), Folded::Applied);
    assert_eq!(table.fold(with(std::slice::from_ref(&pending))), Folded::Repeat, "an older record that is read late");
    let change = only(&mut table);
    assert_eq!(change.marks, Marks::default());
    assert_eq!(*change.delivery.unwrap().events, [pending.clone(), driving]);
    table.fold(plan_record(Plan { version: 9, phase: PlanPhase::Cancelled, events: vec![pending], ..plan("d1") }));
    let ended = shown(&mut table);
    assert_eq!((ended.phase, ended.events.len()), (Phase::Cancelled, 1), "a newer plan has its own");
    table.fold(with(&[event("Late", NOW + 99)]));
    assert!(table.changes().deliveries.is_empty());
}

#[test]
fn positions_after_a_final_phase_are_ignored() {
    let mut table = folded([plan_record(cancelled("d1"))]);
    assert_eq!(table.fold(position_record(position("d1", 0, false), 0)), Folded::AfterEnd);
    let change = only(&mut table);
    assert!(!change.marks.position && change.marks.view, "{change:?}");
    table.fold(state_record(state("d1", 5, StatePhase::Running), 0));
    let change = only(&mut table);
    assert!(
        !change.marks.position && change.delivery.unwrap().fix.unwrap().seq == 0,
        "a new client sees where it stopped"
    );
}

fn streamed(table: &mut Table) -> Vec<u64> {
    table.take_stream().iter().map(|moved| moved.fix.seq).collect()
}

#[test]
fn the_stream_has_every_position_once_whatever_plans_and_states_say() {
    let mut table = folded([plan_record(plan("d1")), state_record(state("d1", 7, StatePhase::Running), 0)]);
    table.follow();
    for seq in [5, 6, 7, 6, 7, 8] {
        table.fold(position_record(position("d1", seq, false), 0));
    }
    assert_eq!(streamed(&mut table), [5, 6, 7, 8], "a state that is ahead takes none away");
    table.fold(plan_record(cancelled("d1")));
    table.fold(position_record(position("d1", 9, false), 0));
    assert_eq!(streamed(&mut table), [9], "nor does a cancellation, which other replicas read at another time");
}

#[test]
fn a_repeat_of_a_position_in_a_state_is_recognised_even_if_it_was_never_read() {
    let mut table = folded([plan_record(plan("d1")), state_record(state("d1", 7, StatePhase::Running), 0)]);
    let at = |offset| RecordOffset { partition: 3, offset };
    let at = |seq, offset| Record::Position {
        position: Box::new(position("d1", seq, false)),
        time: NOW,
        offset: at(offset),
    };
    // According to the state, offset 1207 holds seq 7.
    assert_eq!(table.fold(at(6, 1208)), Folded::Repeat);
    table.fold(at(8, 1209));
    assert_eq!(streamed(&mut table), [8]);
}

#[test]
fn while_positions_are_read_an_end_waits_for_its_position() {
    let mut table = folded([plan_record(plan("d1")), position_record(position("d1", 8, false), 0)]);
    table.follow();
    table.changes();
    table.fold(state_record(state("d1", 9, StatePhase::Finished), 0));
    assert_eq!(shown(&mut table).phase, Phase::Running);
    table.fold(position_record(position("d1", 9, true), 0));
    let change = only(&mut table);
    assert!(change.marks.end && change.marks.position && change.newest.is_some());
    assert_eq!(change.delivery.unwrap().phase, Phase::Finished);
}

#[test]
fn the_base_of_the_binary_form_is_chosen_once_with_the_first_position() {
    let mut table =
        folded([route_record(testing::route("1", "Primeiro")), plan_record(plan("d1")), plan_record(plan("d2"))]);
    table.changes();
    table.fold(position_record(position("d1", 3, false), 0));
    let change = only(&mut table);
    assert!(change.marks.view, "a client learns it from the view");
    let base = change.delivery.unwrap().base.unwrap();
    assert_eq!((base.origin, base.at), ([-47.92923, -15.82594], NOW));
    table.fold(route_record(Route { version: 2, path: vec![[1.0, 1.0], [2.0, 2.0]], ..testing::route("1", "Novo") }));
    table.fold(position_record(position("d1", 4, false), 0));
    table.fold(position_record(position("d2", 4, false), 0));
    let changes = table.changes().deliveries;
    let of =
        |id: &str| changes.iter().find(|change| &*change.id == id).unwrap().delivery.as_ref().unwrap().base.unwrap();
    assert_eq!(of("d1"), base);
    assert_ne!(of("d2").number, base.number);
}

#[test]
fn at_a_start_the_base_is_chosen_when_the_routes_are_read_after_the_plans() {
    let mut table = folded([
        plan_record(plan("d1")),
        state_record(state("d1", 3, StatePhase::Running), 0),
        route_record(testing::route("1", "Primeiro")),
    ]);
    table.follow();
    let base = shown(&mut table).base.unwrap();
    assert_eq!(format!("{:?}", base.origin), "[-47.92923, -15.82594]");
}

#[test]
fn another_eta_or_start_is_marked() {
    let mut table = folded([plan_record(plan("d1")), state_record(state("d1", 1, StatePhase::Running), 0)]);
    table.changes();
    table.fold(state_record(state("d1", 2, StatePhase::Running), 0));
    assert!(!only(&mut table).marks.view);
    table.fold(state_record(State { eta: NOW + 90_000, ..state("d1", 3, StatePhase::Running) }, 0));
    assert!(only(&mut table).marks.view);
}

#[test]
fn the_last_position_or_the_final_state_finishes_a_delivery_once() {
    for records in [
        [position_record(position("d1", 9, true), 7), state_record(state("d1", 9, StatePhase::Finished), 9)],
        [state_record(state("d1", 9, StatePhase::Finished), 7), position_record(position("d1", 9, true), 9)],
    ] {
        let mut table = folded([plan_record(plan("d1"))]);
        let [first, second] = records;
        table.fold(first);
        let change = only(&mut table);
        assert!(change.marks.end && change.marks.view && change.marks.position);
        assert_eq!(change.delivery.unwrap().ended, Some(NOW + 7));
        table.fold(second);
        assert!(table.changes().deliveries.iter().all(|change| !change.marks.end && !change.marks.view));
    }
}

#[test]
fn a_cancelled_delivery_that_had_arrived_is_finished() {
    let mut table = folded([plan_record(cancelled("d1"))]);
    assert_eq!(shown(&mut table).phase, Phase::Cancelled);
    table.fold(position_record(position("d1", 9, true), 0));
    let change = only(&mut table);
    assert!(change.marks.end);
    assert_eq!(change.delivery.unwrap().phase, Phase::Finished);
}

#[test]
fn a_title_that_arrives_late_is_marked() {
    let mut table = folded([plan_record(plan("d1"))]);
    assert_eq!(&*shown(&mut table).title, "1", "the routeId stands in");
    table.fold(route_record(testing::route("1", "Primeiro")));
    let changes = table.changes();
    assert_eq!(changes.catalogue.unwrap().route("1").unwrap().title, "Primeiro");
    assert!(changes.deliveries[0].marks.view);
    assert_eq!(&*changes.deliveries[0].delivery.as_ref().unwrap().title, "Primeiro");
}

#[test]
fn positions_are_needed_from_the_oldest_delivery_under_way_on() {
    let mut old = state("old", 10, StatePhase::Running);
    old.offset = 3;
    let table = folded([
        plan_record(plan("old")),
        plan_record(plan("new")),
        plan_record(plan("ended")),
        plan_record(plan("waiting")),
        plan_record(Plan { phase: PlanPhase::Suspended, ..plan("suspended") }),
        state_record(old, 0),
        state_record(state("new", 10, StatePhase::Running), 0),
        state_record(State { offset: 1, ..state("ended", 10, StatePhase::Finished) }, 0),
        state_record(State { offset: 2, ..state("suspended", 10, StatePhase::Running) }, 0),
        state_record(State { offset: 0, ..state("unplanned", 10, StatePhase::Running) }, 0),
    ]);
    assert_eq!(table.needed_offsets(), HashMap::from([(3, 3)]));
}

/// The last `seq` of a delivery by [`plan`] on the route of [`testing::route`].
fn last_seq() -> u64 {
    let mut table = folded([route_record(testing::route("1", "Primeiro")), plan_record(plan("d1"))]);
    table.fold(position_record(position("d1", 0, false), 0));
    shown(&mut table).last_seq.unwrap()
}

#[test]
fn a_position_beyond_the_end_is_dropped_and_the_true_ones_after_it_are_not() {
    let last = last_seq();
    for (seq, with_route, reason) in [
        (last + 1, true, Impossible::BeyondTheEnd),
        (1 << 62, true, Impossible::BeyondTheEnd),
        (1 << 63, true, Impossible::BeyondTheEnd),
        (1 << 62, false, Impossible::AheadOfTime),
        (1 << 63, false, Impossible::AheadOfTime),
    ] {
        let mut table = folded(with_route.then(|| route_record(testing::route("1", "Primeiro"))));
        table.fold(plan_record(plan("d1")));
        table.fold(position_record(position("d1", 4, false), 0));
        table.changes();
        for finished in [false, true] {
            let foreign = position_record(position("d1", seq, finished), 0);
            assert_eq!(table.fold(foreign), Folded::Impossible(reason), "{seq}");
        }
        let foreign = State { seq: i64::try_from(seq).unwrap_or(i64::MAX), ..state("d1", 4, StatePhase::Running) };
        assert_eq!(table.fold(state_record(State { version: 99, ..foreign }, 0)), Folded::Impossible(reason));
        assert_eq!(table.fold(position_record(position("d1", 5, false), 0)), Folded::Applied);
        let changes = table.changes();
        assert_eq!(changes.stream.iter().map(|moved| moved.fix.seq).collect::<Vec<_>>(), [5]);
        assert_eq!(changes.deliveries[0].delivery.as_ref().unwrap().fix.unwrap().seq, 5);
    }
    let mut table = folded([route_record(testing::route("1", "Primeiro")), plan_record(plan("d1"))]);
    assert_eq!(table.fold(position_record(position("d1", last, true), 0)), Folded::Applied);
    assert_eq!(shown(&mut table).phase, Phase::Finished);
}

#[test]
fn what_came_before_plan_or_route_is_checked_when_they_come() {
    let foreign = || position_record(position("d1", last_seq() + 1, true), 0);
    let far = || position_record(position("d1", 1 << 62, true), 0);
    let (route, planned) = (|| route_record(testing::route("1", "Primeiro")), || plan_record(plan("d1")));
    for records in [
        vec![foreign(), route(), planned()],
        vec![foreign(), planned(), route()],
        vec![planned(), foreign(), route()],
        vec![far(), planned()],
    ] {
        let mut table = folded(records);
        table.evict(NOW);
        let delivery = shown(&mut table);
        assert_eq!((delivery.phase, delivery.fix, delivery.ended), (Phase::Accepted, None, None));
        assert_eq!(table.fold(position_record(position("d1", 5, false), 0)), Folded::Applied);
        assert_eq!(shown(&mut table).fix.unwrap().seq, 5);
    }
}

#[test]
fn no_true_position_is_dropped_because_its_plan_or_route_is_late() {
    let mut table = Table::default();
    assert_eq!(table.fold(position_record(position("d1", 6, false), 0)), Folded::Unplanned);
    table.fold(plan_record(plan("d1")));
    assert_eq!(table.fold(position_record(position("d1", 7, false), 0)), Folded::Applied);
    table.fold(route_record(testing::route("1", "Primeiro")));
    assert_eq!(table.fold(position_record(position("d1", 8, false), 0)), Folded::Applied);
    assert_eq!(shown(&mut table).fix.unwrap().seq, 8);
}

proptest! {
    /// Each topic is in order, but the topics interleave arbitrarily: the outcome is the same, and `seq` never goes
    /// back.
    #[test]
    fn whichever_topic_is_read_faster_the_outcome_is_the_same(
        picks in prop::collection::vec(0..3_usize, 0..60),
        cancel in any::<bool>(),
        follow in any::<bool>(),
        last in 0..12_u64,
    ) {
        let mut plans = vec![plan_record(plan("d1"))];
        plans.extend(cancel.then(|| plan_record(cancelled("d1"))));
        let states = (-1..=i64::try_from(last).unwrap()).step_by(3)
            .map(|seq| state_record(state("d1", seq, StatePhase::Running), 0))
            .chain([state_record(state("d1", i64::try_from(last).unwrap(), StatePhase::Finished), 0)]);
        let positions = (0..=last).flat_map(|seq| [seq, seq.saturating_sub(1)])
            .map(|seq| position_record(position("d1", seq, seq == last), 0));
        let mut topics: [Vec<Record>; 3] = [plans, states.collect(), positions.collect()];
        for topic in &mut topics {
            topic.reverse();
        }
        let mut table = Table::default();
        if follow {
            table.follow();
        }
        let mut stream = Vec::new();
        let mut seen = None;
        let mut ends = 0;
        for pick in picks.into_iter().chain([0, 1, 2].into_iter().flat_map(|topic| std::iter::repeat_n(topic, 40))) {
            let Some(record) = topics[pick].pop() else { continue };
            table.fold(record);
            stream.extend(streamed(&mut table));
            for change in table.changes().deliveries {
                let delivery = change.delivery.unwrap();
                let seq = delivery.fix.map(|fix| fix.seq);
                prop_assert!(seq >= seen, "{seq:?} after {seen:?}");
                seen = seq;
                ends += usize::from(change.marks.end && delivery.phase == Phase::Finished);
            }
        }
        table.mark("d1".into(), Marks::default());
        let delivery = shown(&mut table);
        prop_assert_eq!(delivery.phase, Phase::Finished);
        prop_assert_eq!(delivery.fix.unwrap().seq, last);
        prop_assert_eq!(ends, 1);
        // What came before its plan is never sent; from there on the stream has no gap.
        let from = stream.first().copied().unwrap_or(last + 1);
        prop_assert_eq!(stream, (from..=last).collect::<Vec<_>>());
    }
}
