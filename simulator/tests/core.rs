//! The pure core between a log that can be cut anywhere and a clock that can stand still for an hour.

mod world;

use delivery_messages::{State, StatePhase};
use delivery_motion::Motion;
use delivery_simulator::records::Message;
use proptest::prelude::*;
use world::{World, delivery};

const NOON: i64 = 1_700_000_000_000;

#[test]
fn the_first_state_is_in_the_log_before_the_first_position() {
    let mut world = World::new(vec![delivery("a", 5, Motion::PointPerTick, 500)], NOON, 10);
    world.now += 60_000;
    world.pump();
    assert_eq!(world.on_the_way.len(), 1, "only the state is on its way");
    world.arrive(1);
    let first = State { position: None, ..world.states[0].clone() };
    assert_eq!((first.phase, first.seq, first.version, first.start), (StatePhase::Running, -1, 0, NOON));
    assert_eq!((first.offset, first.partition, first.eta), (0, world::PARTITION, NOON + 2_000));
    world.pump();
    assert!(world.on_the_way.is_empty(), "nobody has heard of the state");
    world.answer(1, true);
    world.finish();
    world.check(&world.deliveries[0], true).unwrap();
}

#[test]
fn a_delivery_whose_end_is_in_the_log_needs_nothing() {
    let mut world = World::new(vec![delivery("a", 3, Motion::PointPerTick, 500)], NOON, 10);
    world.finish();
    world.kill(0);
    world.start();
    assert!(world.fleet.is_done());
    assert_eq!(world.fleet.next(world.now + 1_000_000), None);
}

#[test]
fn a_process_that_was_killed_between_the_last_position_and_the_final_state_writes_that_state() {
    let mut world = World::new(vec![delivery("a", 3, Motion::PointPerTick, 500)], NOON, 10);
    while world.positions.len() < 3 {
        world.now += 100;
        world.pump();
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
    }
    world.states.retain(|state| state.phase == StatePhase::Running);
    world.kill(0);
    world.start();
    assert!(!world.fleet.is_done());
    world.finish();
    assert_eq!(world.positions.len(), 3, "no position is written again");
    world.check(&world.deliveries[0], true).unwrap();
}

#[test]
fn a_stopping_process_says_how_far_each_delivery_is_and_then_nothing_more() {
    let deliveries: Vec<_> =
        (0..5).map(|i| delivery(&format!("d{i}"), 1_000, Motion::PointPerTick, 100 + i * 30)).collect();
    let mut world = World::new(deliveries, NOON, 40);
    for _ in 0..40 {
        world.now += 50;
        world.pump();
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
    }
    world.now += 500;
    world.pump();
    world.fleet.stop(world.now);
    assert!(!world.fleet.is_quiet(), "records are on their way");
    let on_the_way = world.on_the_way.iter().filter(|(_, message)| matches!(message, Message::Position(_))).count();
    let before = world.positions.len() + on_the_way;
    while !world.fleet.is_quiet() {
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
        world.pump();
    }
    assert_eq!(world.positions.len(), before);
    for delivery in &world.deliveries {
        let last = world.positions.iter().rfind(|position| position.delivery_id == delivery.id).unwrap();
        let state = world.states.iter().rfind(|state| state.delivery_id == delivery.id).unwrap();
        assert_eq!(state.seq, i64::try_from(last.seq).unwrap());
        let there = &world.positions[usize::try_from(state.offset).unwrap()];
        assert_eq!((there.seq, &there.delivery_id), (last.seq, &delivery.id), "the offset is that of the position");
    }
}

#[test]
fn states_come_every_five_seconds_and_not_all_at_once() {
    let deliveries: Vec<_> = (0..50).map(|i| delivery(&format!("d{i:02}"), 1_000, Motion::PointPerTick, 500)).collect();
    let mut world = World::new(deliveries, NOON, 1_000);
    let mut per_step = Vec::new();
    for _ in 0..600 {
        let before = world.states.len();
        world.now += 50;
        world.pump();
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
        world.pump();
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
        per_step.push(world.states.len() - before);
    }
    // Thirty seconds of fifty deliveries: ten states a second.
    let later: usize = per_step[100..].iter().sum();
    assert!((240..=260).contains(&later), "{later} states in 25 s");
    assert!(per_step[100..].iter().all(|states| *states <= 3), "{per_step:?}");
}

#[test]
fn news_of_a_position_after_one_that_failed_is_no_news() {
    let mut world = World::new(vec![delivery("a", 9, Motion::PointPerTick, 500)], NOON, 10);
    world.pump();
    world.arrive(1);
    world.answer(1, true);
    world.now += 6_000;
    world.pump();
    assert!(world.on_the_way.len() >= 3);
    world.on_the_way.remove(1);
    world.arrive(usize::MAX);
    world.answer(usize::MAX, true);
    world.pump();
    world.arrive(usize::MAX);
    assert_eq!(world.states.last().unwrap().seq, 0, "position 1 is not in the log");
}

#[test]
fn who_catches_up_an_hour_does_not_starve_the_others() {
    let mut deliveries = vec![delivery("behind", 9_000, Motion::PointPerTick, 500)];
    deliveries.extend((0..9).map(|i| delivery(&format!("d{i}"), 9_000, Motion::PointPerTick, 500)));
    let mut world = World::new(vec![deliveries[0].clone()], NOON, 4);
    world.pump();
    world.arrive(usize::MAX);
    world.answer(usize::MAX, true);
    world.kill(0);
    world.deliveries = deliveries;
    world.now += 3_600_000;
    world.start();
    // Each millisecond a single record gets through: far less than is due, so all are behind.
    for _ in 0..3_000 {
        world.now += 1;
        world.pump();
        assert!(world.on_the_way.len() <= 4, "the window is kept");
        world.arrive(1);
        world.answer(1, true);
    }
    for delivery in &world.deliveries[1..] {
        let written = world.positions.iter().filter(|position| position.delivery_id == delivery.id).count();
        // They started at most half a second ago each; six or seven ticks have been due.
        assert!((5..=7).contains(&written), "{} has {written}", delivery.id);
    }
    let caught_up = world.positions.iter().filter(|position| position.delivery_id == "behind").count();
    assert!(caught_up > 2_500, "{caught_up} positions caught up");
}

#[test]
fn a_suspension_is_not_caught_up_but_an_outage_is() {
    let mut world = World::new(vec![delivery("a", 100, Motion::PointPerTick, 500)], NOON, 10);
    for _ in 0..30 {
        world.now += 100;
        world.pump();
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
    }
    let before = world.positions.len();
    world.kill(0);
    world.now += 20_000;
    world.start();
    world.pump();
    assert_eq!(world.on_the_way.len(), 5, "the outage is caught up at once: a state, and as many positions as may be");
    world.kill(0);
    world.deliveries[0].resumed_at = Some(world.now);
    world.start();
    world.pump();
    world.arrive(usize::MAX);
    assert_eq!(world.positions.len(), before + 1);
    assert_eq!(world.positions[before].at, world.now);
}

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    Pump,
    Arrive(usize),
    Answer(usize, bool),
    Kill(usize, usize),
    Stop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_i64..2_000).prop_map(Step::Pass),
        8 => Just(Step::Pump),
        8 => (1_usize..20).prop_map(Step::Arrive),
        8 => (1_usize..20, any::<bool>()).prop_map(|(count, offset)| Step::Answer(count, offset)),
        2 => (0_usize..10, 0_usize..10).prop_map(|(arriving, late)| Step::Kill(arriving, late)),
        1 => (1_i64..200_000).prop_map(Step::Pass),
        1 => Just(Step::Stop),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn killed_at_any_instant_the_log_holds_each_position_once_for_who_drops_repeats(
        steps in steps(), points in 2_u32..40, count in 1_usize..5, window in 1_usize..12, interval in 100_u32..3_000,
    ) {
        let deliveries: Vec<_> = (0..count)
            .map(|i| {
                let motion = if i % 2 == 0 { Motion::PointPerTick } else { Motion::ConstantSpeed { speed_kmh: 40 } };
                delivery(&format!("d{i}"), points, motion, interval)
            })
            .collect();
        let mut world = World::new(deliveries, NOON, window);
        for step in steps {
            match step {
                Step::Pass(milliseconds) => world.now += milliseconds,
                Step::Pump => world.pump(),
                Step::Arrive(count) => world.arrive(count),
                Step::Answer(count, with_offset) => world.answer(count, with_offset),
                Step::Stop => world.fleet.stop(world.now),
                Step::Kill(arriving, late) => world.overlap(arriving, late),
            }
            prop_assert!(world.fleet.on_the_way() <= window);
        }
        for delivery in &world.deliveries {
            prop_assert_eq!(world.check(delivery, false), Ok(()));
        }
        world.kill(0);
        world.start();
        world.finish();
        for delivery in &world.deliveries {
            prop_assert_eq!(world.check(delivery, true), Ok(()));
        }
    }
}
