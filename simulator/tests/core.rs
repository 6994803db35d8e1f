//! The pure core between a log that can be cut anywhere and a clock that can stand still for an hour.

mod world;

use delivery_messages::{State, StatePhase};
use delivery_motion::Motion;
use delivery_simulator::records::Message;
use delivery_simulator::resume::ResumePoint;
use proptest::prelude::*;
use world::process::{Process, resume_points};
use world::{World, delivery};

const NOON: i64 = 1_700_000_000_000;

#[test]
fn the_first_state_is_in_the_log_and_read_back_before_the_first_position() {
    let mut world = World::new(Vec::new(), NOON, 10);
    world.deliveries = vec![delivery("a", 5, Motion::PointPerTick, 500)];
    world.process = Process::start(&world.deliveries, &world.log);
    world.pump();
    world.now += 60_000;
    world.settle();
    let first = State { position: None, ..world.log.states[0].clone() };
    assert_eq!((first.phase, first.seq, first.version, first.start), (StatePhase::Running, -1, 0, NOON));
    assert_eq!((first.offset, first.partition, first.eta), (0, world::PARTITION, NOON + 2_000));
    assert!(!world.process.is_driving(), "it is not read back");
    world.finish_departure();
    assert!(world.log.positions.is_empty());
    world.finish();
    world.check(&world.deliveries[0], true).unwrap();
}

#[test]
fn two_processes_that_start_a_delivery_at_once_agree_on_its_start() {
    let mut world = World::new(Vec::new(), NOON, 10);
    world.deliveries = vec![delivery("a", 5, Motion::PointPerTick, 500)];
    let mut other = Process::start(&world.deliveries, &world.log);
    world.process = Process::start(&world.deliveries, &world.log);
    other.pump(&world.deliveries, &world.log, world.now, 10);
    world.now += 300;
    world.pump();
    // The second is the first in the log.
    world.finish_departure();
    other.arrive(&mut world.log, 1);
    other.answer(1, true, world.now);
    assert_eq!(world.log.states.iter().map(|state| state.start).collect::<Vec<_>>(), [NOON + 300, NOON]);
    while !other.is_driving() {
        other.pump(&world.deliveries, &world.log, world.now, 10);
    }
    world.now += 1_000;
    for _ in 0..3 {
        other.pump(&world.deliveries, &world.log, world.now, 10);
        other.arrive(&mut world.log, 1);
        world.settle();
    }
    world.finish();
    assert!(world.log.positions.len() > 5, "both have written");
    world.check(&world.deliveries[0], true).unwrap();
}

#[test]
fn the_first_states_of_a_long_list_are_spread_over_the_interval_and_none_is_late() {
    let deliveries: Vec<_> = (0..800).map(|i| delivery(&format!("d{i}"), 9, Motion::PointPerTick, 400)).collect();
    let world = World::new(deliveries, NOON, 1_000);
    let starts: Vec<_> = world.log.states.iter().map(|state| state.start - NOON).collect();
    assert_eq!((starts[0], starts[400], starts[799]), (160, 360, 559), "160 ms for the states to be written");
}

#[test]
fn a_delivery_whose_end_is_in_the_log_needs_nothing() {
    let mut world = World::new(vec![delivery("a", 3, Motion::PointPerTick, 500)], NOON, 10);
    world.finish();
    world.kill(0);
    world.start();
    assert!(world.process.is_done());
    let later = world.now + 1_000_000;
    assert_eq!(world.process.fleet().next(later), None);
}

#[test]
fn a_process_that_was_killed_between_the_last_position_and_the_final_state_writes_that_state() {
    let mut world = World::new(vec![delivery("a", 3, Motion::PointPerTick, 500)], NOON, 10);
    while world.log.positions.len() < 3 {
        world.now += 100;
        world.settle();
    }
    world.log.states.retain(|state| state.phase == StatePhase::Running);
    world.kill(0);
    world.start();
    assert!(!world.process.is_done());
    world.finish();
    assert_eq!(world.log.positions.len(), 3, "no position is written again");
    world.check(&world.deliveries[0], true).unwrap();
}

#[test]
fn a_stopping_process_writes_how_far_each_delivery_is_and_then_nothing_more() {
    let deliveries: Vec<_> =
        (0..5).map(|i| delivery(&format!("d{i}"), 1_000, Motion::PointPerTick, 100 + i * 30)).collect();
    let mut world = World::new(deliveries, NOON, 40);
    for _ in 0..40 {
        world.now += 50;
        world.settle();
    }
    world.now += 500;
    world.pump();
    let now = world.now;
    world.process.fleet().stop(now);
    assert!(!world.process.fleet().is_quiet(), "records are on their way");
    let in_flight =
        world.process.driving().in_flight.iter().filter(|(_, message)| matches!(message, Message::Position(_))).count();
    let before = world.log.positions.len() + in_flight;
    while !world.process.fleet().is_quiet() {
        world.arrive(usize::MAX);
        world.answer(usize::MAX, true);
        world.pump();
    }
    assert_eq!(world.log.positions.len(), before);
    for delivery in &world.deliveries {
        let last = world.log.positions.iter().rfind(|position| position.delivery_id == delivery.id).unwrap();
        let state = world.log.states.iter().rfind(|state| state.delivery_id == delivery.id).unwrap();
        assert_eq!(state.seq, i64::try_from(last.seq).unwrap());
        let there = &world.log.positions[usize::try_from(state.offset).unwrap()];
        assert_eq!((there.seq, &there.delivery_id), (last.seq, &delivery.id), "the offset is that of the position");
    }
}

#[test]
fn states_come_every_five_seconds_and_not_all_at_once() {
    let deliveries: Vec<_> = (0..50).map(|i| delivery(&format!("d{i:02}"), 1_000, Motion::PointPerTick, 500)).collect();
    let mut world = World::new(deliveries, NOON, 1_000);
    let mut per_step = Vec::new();
    for _ in 0..600 {
        let before = world.log.states.len();
        world.now += 50;
        world.settle();
        world.settle();
        per_step.push(world.log.states.len() - before);
    }
    // Thirty seconds of fifty deliveries: ten states a second.
    let later: usize = per_step[100..].iter().sum();
    assert!((240..=260).contains(&later), "{later} states in 25 s");
    assert!(per_step[100..].iter().all(|states| *states <= 3), "{per_step:?}");
}

#[test]
fn a_position_acknowledged_after_one_that_failed_does_not_count_yet() {
    let mut world = World::new(vec![delivery("a", 9, Motion::PointPerTick, 500)], NOON, 10);
    world.pump();
    world.arrive(1);
    world.answer(1, true);
    world.now += 6_000;
    world.pump();
    assert!(world.process.driving().in_flight.len() >= 3);
    world.process.driving().in_flight.remove(1);
    world.arrive(usize::MAX);
    world.answer(usize::MAX, true);
    world.pump();
    world.arrive(usize::MAX);
    assert_eq!(world.log.states.last().unwrap().seq, 0, "position 1 is not in the log");
}

#[test]
fn a_delivery_that_catches_up_an_hour_does_not_starve_the_others() {
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
        assert!(world.process.driving().in_flight.len() <= 4, "the window is kept");
        world.arrive(1);
        world.answer(1, true);
    }
    for delivery in &world.deliveries[1..] {
        let written = world.log.positions.iter().filter(|position| position.delivery_id == delivery.id).count();
        // They started at most half a second ago each; six or seven ticks have been due.
        assert!((5..=7).contains(&written), "{} has {written}", delivery.id);
    }
    let caught_up = world.log.positions.iter().filter(|position| position.delivery_id == "behind").count();
    assert!(caught_up > 2_500, "{caught_up} positions caught up");
}

#[test]
fn what_is_due_in_ten_minutes_without_kafka_or_without_a_process_comes_afterwards_as_it_was_due() {
    const OUTAGE: i64 = 600_000;
    for process_dies in [false, true] {
        let deliveries: Vec<_> =
            (0..3).map(|i| delivery(&format!("d{i}"), 3_000, Motion::PointPerTick, 500 + 100 * i)).collect();
        let mut world = World::new(deliveries, NOON, 10);
        for _ in 0..100 {
            world.now += 100;
            world.settle();
        }
        let (before, began) = (world.log.positions.len(), world.now);
        if process_dies {
            world.kill(2);
            world.now += OUTAGE;
            world.start();
        }
        while world.now < began + OUTAGE {
            world.now += 1_000;
            world.pump();
            assert!(world.process.in_flight() <= 10, "nothing piles up");
        }
        // Kafka answers again.
        while world.process.fleet().wake_at().is_none_or(|at| at <= world.now) {
            world.settle();
        }
        for delivery in &world.deliveries {
            world.check(delivery, false).unwrap();
            let interval = i64::from(delivery.drive.interval_milliseconds());
            let of: Vec<_> =
                world.log.positions.iter().filter(|position| position.delivery_id == delivery.id).collect();
            for position in &of {
                assert_eq!(position.at, of[0].at + i64::try_from(position.seq).unwrap() * interval);
            }
            let newest = of.iter().map(|position| position.at).max().unwrap();
            assert!((world.now - interval..=world.now).contains(&newest), "all that is due is there");
        }
        assert!(world.log.positions.len() - before > 2_900);
    }
}

#[test]
fn what_retention_has_removed_is_neither_waited_for_nor_written_again() {
    let mut world = World::new(vec![delivery("a", 100, Motion::PointPerTick, 500)], NOON, 10);
    for _ in 0..300 {
        world.now += 100;
        world.settle();
    }
    // The last state spoke of an older position; retention has removed that, and some behind it.
    let state = usize::try_from(world.log.states.last().unwrap().offset).unwrap();
    world.log.cut(state + 3);
    let left = world.log.positions.len() - world.log.low;
    assert!(left > 1, "{left} are left");
    world.kill(0);
    world.start();
    world.finish();
    assert_eq!(world.log.positions.len(), 100, "none is written twice");
    world.check(&world.deliveries[0], true).unwrap();
}

#[test]
fn a_suspension_is_not_caught_up_but_an_outage_is() {
    let mut world = World::new(vec![delivery("a", 100, Motion::PointPerTick, 500)], NOON, 10);
    for _ in 0..30 {
        world.now += 100;
        world.settle();
    }
    let before = world.log.positions.len();
    world.kill(0);
    world.now += 20_000;
    world.start();
    world.pump();
    assert_eq!(
        world.process.in_flight(),
        5,
        "the outage is caught up at once: a state, and as many positions as may be"
    );
    world.kill(0);
    world.deliveries[0].resumed_at = Some(world.now);
    world.start();
    world.settle();
    assert_eq!(world.log.positions.len(), before + 1);
    assert_eq!(world.log.positions[before].at, world.now, "the suspension is not counted");
    assert_eq!(world.log.positions[before].seq, world.log.positions[before - 1].seq + 1, "no jump");
}

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    Pump,
    Arrive(usize),
    ArriveUnheard,
    Answer(usize, bool),
    Shuffle(usize),
    /// The process is killed; this many of its records still get into the log, and another starts.
    Kill(usize),
    /// Another process takes its place, while it goes on: the two drive at once.
    Double,
    /// From now on the steps are those of the other process.
    Switch,
    Stop,
    Cut(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_i64..2_000).prop_map(Step::Pass),
        10 => Just(Step::Pump),
        8 => (1_usize..20).prop_map(Step::Arrive),
        1 => Just(Step::ArriveUnheard),
        8 => (1_usize..20, any::<bool>()).prop_map(|(count, offset)| Step::Answer(count, offset)),
        2 => (0_usize..10).prop_map(Step::Shuffle),
        2 => (0_usize..10).prop_map(Step::Kill),
        1 => Just(Step::Double),
        4 => Just(Step::Switch),
        1 => (1_i64..200_000).prop_map(Step::Pass),
        1 => Just(Step::Stop),
        1 => (0_usize..30).prop_map(Step::Cut),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Killed at any instant, two processes at once, acknowledgements late, lost and out of order, a log whose front is
    /// removed: on failure, the steps are printed, shortened, and kept with their seed.
    #[test]
    fn killed_at_any_instant_the_log_holds_each_position_once_apart_from_repeats(
        steps in steps(), points in 2_u32..40, count in 1_usize..5, window in 1_usize..12, interval in 100_u32..3_000,
    ) {
        let deliveries: Vec<_> = (0..count)
            .map(|i| {
                let motion = if i % 2 == 0 { Motion::PointPerTick } else { Motion::ConstantSpeed { speed_kmh: 40 } };
                delivery(&format!("d{i}"), points, motion, interval)
            })
            .collect();
        let mut world = World::new(Vec::new(), NOON, window);
        world.deliveries = deliveries;
        let fresh = |world: &World| Process::start(&world.deliveries, &world.log);
        world.process = fresh(&world);
        let mut other = Process::Dead;
        for step in steps {
            match step {
                Step::Pass(milliseconds) => world.now += milliseconds,
                Step::Pump => world.pump(),
                Step::Arrive(count) => world.arrive(count),
                Step::ArriveUnheard => world.process.arrive_unheard(&mut world.log),
                Step::Answer(count, with_offset) => world.answer(count, with_offset),
                Step::Shuffle(by) => world.process.shuffle_answers(by),
                Step::Kill(arriving) => {
                    world.kill(arriving);
                    world.process = fresh(&world);
                }
                Step::Double => {
                    world.doubled = true;
                    let process = fresh(&world);
                    other = std::mem::replace(&mut world.process, process);
                }
                Step::Switch if !matches!(other, Process::Dead) => std::mem::swap(&mut world.process, &mut other),
                Step::Stop if world.process.is_driving() => {
                    let now = world.now;
                    world.process.fleet().stop(now);
                }
                Step::Switch | Step::Stop => {}
                Step::Cut(count) => world.log.cut(count),
            }
            prop_assert!(world.process.in_flight() <= window);
        }
        for delivery in &world.deliveries {
            prop_assert_eq!(world.check(delivery, false), Ok(()));
        }
        // What the other one has on its way arrives when it will.
        other.arrive(&mut world.log, 3);
        world.kill(0);
        world.start();
        other.arrive(&mut world.log, usize::MAX);
        world.finish();
        for delivery in &world.deliveries {
            prop_assert_eq!(world.check(delivery, true), Ok(()));
        }
        prop_assert!(resume_points(&world.deliveries, &world.log).iter().all(|point| *point == ResumePoint::Ended));
    }
}
