//! The pure core between a log that can be cut anywhere and a clock that can stand still for an hour.

mod simulation;

use delivery_messages::{State, StatePhase};
use delivery_motion::Motion;
use delivery_simulator::delivery::records::Message;
use delivery_simulator::delivery::resume::ResumePoint;
use proptest::prelude::*;
use simulation::process::{Process, resume_points};
use simulation::{Simulation, delivery};

const NOON: i64 = 1_700_000_000_000;

#[test]
fn the_first_state_is_in_the_log_and_read_back_before_the_first_position() {
    let mut simulation = Simulation::new(Vec::new(), NOON, 10);
    simulation.deliveries = vec![delivery("a", 5, Motion::PointPerTick, 500)];
    simulation.process = Process::start(&simulation.deliveries, &simulation.log);
    simulation.pump();
    simulation.now += 60_000;
    simulation.settle();
    let first = State { position: None, ..simulation.log.states[0].clone() };
    assert_eq!((first.phase, first.seq, first.version, first.start), (StatePhase::Running, -1, 0, NOON));
    assert_eq!((first.offset, first.partition, first.eta), (0, simulation::PARTITION, NOON + 2_000));
    assert!(!simulation.process.is_driving(), "it is not read back");
    simulation.finish_departure();
    assert!(simulation.log.positions.is_empty());
    simulation.finish();
    simulation.check(&simulation.deliveries[0], true).unwrap();
}

#[test]
fn two_processes_that_start_a_delivery_at_once_agree_on_its_start() {
    let mut simulation = Simulation::new(Vec::new(), NOON, 10);
    simulation.deliveries = vec![delivery("a", 5, Motion::PointPerTick, 500)];
    let mut other = Process::start(&simulation.deliveries, &simulation.log);
    simulation.process = Process::start(&simulation.deliveries, &simulation.log);
    other.pump(&simulation.deliveries, &simulation.log, simulation.now, 10);
    simulation.now += 300;
    simulation.pump();
    // The second is the first in the log.
    simulation.finish_departure();
    other.arrive(&mut simulation.log, 1);
    other.answer(1, true, simulation.now);
    assert_eq!(simulation.log.states.iter().map(|state| state.start).collect::<Vec<_>>(), [NOON + 300, NOON]);
    while !other.is_driving() {
        other.pump(&simulation.deliveries, &simulation.log, simulation.now, 10);
    }
    simulation.now += 1_000;
    for _ in 0..3 {
        other.pump(&simulation.deliveries, &simulation.log, simulation.now, 10);
        other.arrive(&mut simulation.log, 1);
        simulation.settle();
    }
    simulation.finish();
    assert!(simulation.log.positions.len() > 5, "both have written");
    simulation.check(&simulation.deliveries[0], true).unwrap();
}

#[test]
fn the_first_states_of_a_long_list_are_spread_over_the_interval_and_none_is_late() {
    let deliveries: Vec<_> = (0..800).map(|i| delivery(&format!("d{i}"), 9, Motion::PointPerTick, 400)).collect();
    let simulation = Simulation::new(deliveries, NOON, 1_000);
    let starts: Vec<_> = simulation.log.states.iter().map(|state| state.start - NOON).collect();
    assert_eq!((starts[0], starts[400], starts[799]), (160, 360, 559), "160 ms for the states to be written");
}

#[test]
fn a_delivery_whose_end_is_in_the_log_needs_nothing() {
    let mut simulation = Simulation::new(vec![delivery("a", 3, Motion::PointPerTick, 500)], NOON, 10);
    simulation.finish();
    simulation.kill(0);
    simulation.start();
    assert!(simulation.process.is_done());
    let later = simulation.now + 1_000_000;
    assert_eq!(simulation.process.fleet().next(later), None);
}

#[test]
fn a_process_that_was_killed_between_the_last_position_and_the_final_state_writes_that_state() {
    let mut simulation = Simulation::new(vec![delivery("a", 3, Motion::PointPerTick, 500)], NOON, 10);
    while simulation.log.positions.len() < 3 {
        simulation.now += 100;
        simulation.settle();
    }
    simulation.log.states.retain(|state| state.phase == StatePhase::Running);
    simulation.kill(0);
    simulation.start();
    assert!(!simulation.process.is_done());
    simulation.finish();
    assert_eq!(simulation.log.positions.len(), 3, "no position is written again");
    simulation.check(&simulation.deliveries[0], true).unwrap();
}

#[test]
fn a_stopping_process_writes_how_far_each_delivery_is_and_then_nothing_more() {
    let deliveries: Vec<_> =
        (0..5).map(|i| delivery(&format!("d{i}"), 1_000, Motion::PointPerTick, 100 + i * 30)).collect();
    let mut simulation = Simulation::new(deliveries, NOON, 40);
    for _ in 0..40 {
        simulation.now += 50;
        simulation.settle();
    }
    simulation.now += 500;
    simulation.pump();
    let now = simulation.now;
    simulation.process.fleet().stop(now);
    assert!(!simulation.process.fleet().is_quiet(), "records are on their way");
    let in_flight = simulation
        .process
        .driving()
        .in_flight
        .iter()
        .filter(|(_, message)| matches!(message, Message::Position(_)))
        .count();
    let before = simulation.log.positions.len() + in_flight;
    while !simulation.process.fleet().is_quiet() {
        simulation.arrive(usize::MAX);
        simulation.answer(usize::MAX, true);
        simulation.pump();
    }
    assert_eq!(simulation.log.positions.len(), before);
    for delivery in &simulation.deliveries {
        let last = simulation.log.positions.iter().rfind(|position| position.delivery_id == delivery.id).unwrap();
        let state = simulation.log.states.iter().rfind(|state| state.delivery_id == delivery.id).unwrap();
        assert_eq!(state.seq, i64::try_from(last.seq).unwrap());
        let there = &simulation.log.positions[usize::try_from(state.offset).unwrap()];
        assert_eq!((there.seq, &there.delivery_id), (last.seq, &delivery.id), "the offset is that of the position");
    }
}

#[test]
fn states_come_every_five_seconds_and_not_all_at_once() {
    let deliveries: Vec<_> = (0..50).map(|i| delivery(&format!("d{i:02}"), 1_000, Motion::PointPerTick, 500)).collect();
    let mut simulation = Simulation::new(deliveries, NOON, 1_000);
    let mut per_step = Vec::new();
    for _ in 0..600 {
        let before = simulation.log.states.len();
        simulation.now += 50;
        simulation.settle();
        simulation.settle();
        per_step.push(simulation.log.states.len() - before);
    }
    // Thirty seconds of fifty deliveries: ten states a second.
    let later: usize = per_step[100..].iter().sum();
    assert!((240..=260).contains(&later), "{later} states in 25 s");
    assert!(per_step[100..].iter().all(|states| *states <= 3), "{per_step:?}");
}

#[test]
fn a_position_acknowledged_after_one_that_failed_does_not_count_yet() {
    let mut simulation = Simulation::new(vec![delivery("a", 9, Motion::PointPerTick, 500)], NOON, 10);
    simulation.pump();
    simulation.arrive(1);
    simulation.answer(1, true);
    simulation.now += 6_000;
    simulation.pump();
    assert!(simulation.process.driving().in_flight.len() >= 3);
    simulation.process.driving().in_flight.remove(1);
    simulation.arrive(usize::MAX);
    simulation.answer(usize::MAX, true);
    simulation.pump();
    simulation.arrive(usize::MAX);
    assert_eq!(simulation.log.states.last().unwrap().seq, 0, "position 1 is not in the log");
}

#[test]
fn a_delivery_that_catches_up_an_hour_does_not_starve_the_others() {
    let mut deliveries = vec![delivery("behind", 9_000, Motion::PointPerTick, 500)];
    deliveries.extend((0..9).map(|i| delivery(&format!("d{i}"), 9_000, Motion::PointPerTick, 500)));
    let mut simulation = Simulation::new(vec![deliveries[0].clone()], NOON, 4);
    simulation.pump();
    simulation.arrive(usize::MAX);
    simulation.answer(usize::MAX, true);
    simulation.kill(0);
    simulation.deliveries = deliveries;
    simulation.now += 3_600_000;
    simulation.start();
    // Each millisecond a single record gets through: far less than is due, so all are behind.
    for _ in 0..3_000 {
        simulation.now += 1;
        simulation.pump();
        assert!(simulation.process.driving().in_flight.len() <= 4, "the window is kept");
        simulation.arrive(1);
        simulation.answer(1, true);
    }
    for delivery in &simulation.deliveries[1..] {
        let written = simulation.log.positions.iter().filter(|position| position.delivery_id == delivery.id).count();
        // They started at most half a second ago each; six or seven ticks have been due.
        assert!((5..=7).contains(&written), "{} has {written}", delivery.id);
    }
    let caught_up = simulation.log.positions.iter().filter(|position| position.delivery_id == "behind").count();
    assert!(caught_up > 2_500, "{caught_up} positions caught up");
}

#[test]
fn what_is_due_in_ten_minutes_without_kafka_or_without_a_process_comes_afterwards_as_it_was_due() {
    const OUTAGE: i64 = 600_000;
    for process_dies in [false, true] {
        let deliveries: Vec<_> =
            (0..3).map(|i| delivery(&format!("d{i}"), 3_000, Motion::PointPerTick, 500 + 100 * i)).collect();
        let mut simulation = Simulation::new(deliveries, NOON, 10);
        for _ in 0..100 {
            simulation.now += 100;
            simulation.settle();
        }
        let (before, began) = (simulation.log.positions.len(), simulation.now);
        if process_dies {
            simulation.kill(2);
            simulation.now += OUTAGE;
            simulation.start();
        }
        while simulation.now < began + OUTAGE {
            simulation.now += 1_000;
            simulation.pump();
            assert!(simulation.process.in_flight() <= 10, "nothing piles up");
        }
        // Kafka answers again.
        while simulation.process.fleet().wake_at().is_none_or(|at| at <= simulation.now) {
            simulation.settle();
        }
        for delivery in &simulation.deliveries {
            simulation.check(delivery, false).unwrap();
            let interval = i64::from(delivery.drive.interval_milliseconds());
            let of: Vec<_> =
                simulation.log.positions.iter().filter(|position| position.delivery_id == delivery.id).collect();
            for position in &of {
                assert_eq!(position.at, of[0].at + i64::try_from(position.seq).unwrap() * interval);
            }
            let newest = of.iter().map(|position| position.at).max().unwrap();
            assert!((simulation.now - interval..=simulation.now).contains(&newest), "all that is due is there");
        }
        assert!(simulation.log.positions.len() - before > 2_900);
    }
}

#[test]
fn what_retention_has_removed_is_neither_waited_for_nor_written_again() {
    let mut simulation = Simulation::new(vec![delivery("a", 100, Motion::PointPerTick, 500)], NOON, 10);
    for _ in 0..300 {
        simulation.now += 100;
        simulation.settle();
    }
    // The last state spoke of an older position; retention has removed that, and some behind it.
    let state = usize::try_from(simulation.log.states.last().unwrap().offset).unwrap();
    simulation.log.cut(state + 3);
    let left = simulation.log.positions.len() - simulation.log.low;
    assert!(left > 1, "{left} are left");
    simulation.kill(0);
    simulation.start();
    simulation.finish();
    assert_eq!(simulation.log.positions.len(), 100, "none is written twice");
    simulation.check(&simulation.deliveries[0], true).unwrap();
}

#[test]
fn a_suspension_is_not_caught_up_but_an_outage_is() {
    let mut simulation = Simulation::new(vec![delivery("a", 100, Motion::PointPerTick, 500)], NOON, 10);
    for _ in 0..30 {
        simulation.now += 100;
        simulation.settle();
    }
    let before = simulation.log.positions.len();
    simulation.kill(0);
    simulation.now += 20_000;
    simulation.start();
    simulation.pump();
    assert_eq!(
        simulation.process.in_flight(),
        5,
        "the outage is caught up at once: a state, and as many positions as may be"
    );
    simulation.kill(0);
    simulation.deliveries[0].resumed_at = Some(simulation.now);
    simulation.start();
    simulation.settle();
    assert_eq!(simulation.log.positions.len(), before + 1);
    assert_eq!(simulation.log.positions[before].at, simulation.now, "the suspension is not counted");
    assert_eq!(simulation.log.positions[before].seq, simulation.log.positions[before - 1].seq + 1, "no jump");
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
        let mut simulation = Simulation::new(Vec::new(), NOON, window);
        simulation.deliveries = deliveries;
        let fresh = |simulation: &Simulation| Process::start(&simulation.deliveries, &simulation.log);
        simulation.process = fresh(&simulation);
        let mut other = Process::Dead;
        for step in steps {
            match step {
                Step::Pass(milliseconds) => simulation.now += milliseconds,
                Step::Pump => simulation.pump(),
                Step::Arrive(count) => simulation.arrive(count),
                Step::ArriveUnheard => simulation.process.arrive_unheard(&mut simulation.log),
                Step::Answer(count, with_offset) => simulation.answer(count, with_offset),
                Step::Shuffle(by) => simulation.process.shuffle_answers(by),
                Step::Kill(arriving) => {
                    simulation.kill(arriving);
                    simulation.process = fresh(&simulation);
                }
                Step::Double => {
                    simulation.doubled = true;
                    let process = fresh(&simulation);
                    other = std::mem::replace(&mut simulation.process, process);
                }
                Step::Switch if !matches!(other, Process::Dead) => std::mem::swap(&mut simulation.process, &mut other),
                Step::Stop if simulation.process.is_driving() => {
                    let now = simulation.now;
                    simulation.process.fleet().stop(now);
                }
                Step::Switch | Step::Stop => {}
                Step::Cut(count) => simulation.log.cut(count),
            }
            prop_assert!(simulation.process.in_flight() <= window);
        }
        for delivery in &simulation.deliveries {
            prop_assert_eq!(simulation.check(delivery, false), Ok(()));
        }
        // What the other one has on its way arrives when it will.
        other.arrive(&mut simulation.log, 3);
        simulation.kill(0);
        simulation.start();
        other.arrive(&mut simulation.log, usize::MAX);
        simulation.finish();
        for delivery in &simulation.deliveries {
            prop_assert_eq!(simulation.check(delivery, true), Ok(()));
        }
        prop_assert!(resume_points(&simulation.deliveries, &simulation.log).iter().all(|point| *point == ResumePoint::Ended));
    }
}
