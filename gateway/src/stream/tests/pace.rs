use proptest::prelude::*;

use super::*;

/// What came of a simulated load.
struct Outcome {
    /// How long each position waited, milliseconds, in the order in which they came.
    waits: Vec<u64>,
    publications: usize,
    /// The processor time used in all.
    used: Duration,
}

impl Outcome {
    fn mean(&self) -> f64 {
        let sum: u64 = self.waits.iter().sum();
        f64::from(u32::try_from(sum).unwrap()) / f64::from(u32::try_from(self.waits.len()).unwrap())
    }

    fn longest(&self) -> u64 {
        self.waits.iter().copied().max().unwrap_or_default()
    }
}

/// Simulates a hub whose positions come at these milliseconds, and whose publications each cost `cost` of processor time, which the
/// writers use up after it, on one core. `other` of each millisecond is taken by other work.
fn simulate(times: &[u64], cost: Duration, other: f64) -> Outcome {
    let began = Instant::now() + Duration::from_mins(1);
    let at = |millisecond| began + Duration::from_millis(millisecond);
    let mut outcome = Outcome { waits: Vec::new(), publications: 0, used: Duration::ZERO };
    let (mut pace, mut waiting, mut unwritten) = (Pace::new(), Vec::new(), Duration::ZERO);
    let mut times = times.iter().copied().peekable();
    for millisecond in 0.. {
        let came = waiting.len();
        while let Some(time) = times.next_if_eq(&millisecond) {
            waiting.push(time);
        }
        let is_due = pace.next().is_some_and(|next| next <= at(millisecond));
        if !waiting.is_empty() && (waiting.len() > came || is_due) && pace.allows(at(millisecond), outcome.used) {
            outcome.waits.extend(waiting.drain(..).map(|time| millisecond - time));
            outcome.publications += 1;
            // A client that has not been written to yet takes both publications with one write.
            unwritten = cost;
        }
        if waiting.is_empty() && times.peek().is_none() {
            return outcome;
        }
        let written = unwritten.min(Duration::from_millis(1));
        unwritten -= written;
        outcome.used += written + Duration::from_millis(1).mul_f64(other);
    }
    unreachable!("the load ends")
}

/// Positions at this rate for ten seconds, evenly spread.
fn steady(per_second: u64) -> Vec<u64> {
    (0..per_second * 10).map(|number| number * 1_000 / per_second).collect()
}

#[test]
fn a_lone_vehicle_and_a_few_clients_never_wait() {
    for (rate, cost) in [(2, 10_000), (20, 8_000), (400, 500), (1_000, 200)] {
        let outcome = simulate(&steady(rate), Duration::from_micros(cost), 0.0);
        assert_eq!(outcome.longest(), 0, "{rate} a second, {cost} µs each");
    }
}

#[test]
fn vehicles_that_move_all_at_once_do_not_wait_for_one_another() {
    let bursts: Vec<u64> = (0..20).flat_map(|second| vec![second * 500; 40]).collect();
    assert_eq!(simulate(&bursts, Duration::from_millis(8), 0.0).longest(), 0);
}

#[test]
fn a_flood_takes_its_share_of_the_processor_and_no_more() {
    for (rate, cost) in [(400, 1_600), (1_000, 1_600), (1_000, 8_000), (100, 8_000)] {
        let outcome = simulate(&steady(rate), Duration::from_micros(cost), 0.0);
        let share = outcome.used.as_secs_f64() / 10.0;
        // The second's worth that was kept comes on top.
        assert!((0.24..0.30).contains(&share), "{rate} a second, {cost} µs each: {share}");
        let interval = Duration::from_micros(cost).as_secs_f64() / SHARE * 1_000.0;
        assert!(f64::from(u32::try_from(outcome.longest()).unwrap()) < interval * 2.0 + 2.0, "{}", outcome.longest());
    }
}

#[test]
fn a_processor_that_others_take_holds_nothing_up_for_long() {
    let outcome = simulate(&steady(100), Duration::from_millis(1), 1.0);
    assert!((100..=250).contains(&outcome.longest()), "{}", outcome.longest());
    assert!(outcome.publications >= 39, "{}", outcome.publications);
}

#[test]
fn between_no_wait_and_a_flood_the_wait_grows_without_a_step() {
    let means: Vec<f64> =
        (1..=100).map(|step| simulate(&steady(400), Duration::from_micros(step * 40), 0.0).mean()).collect();
    for pair in means.windows(2) {
        assert!(pair[1] - pair[0] < 0.5, "{pair:?}");
    }
    assert!(means[0] == 0.0 && means[99] > 2.0, "{means:?}");
}

proptest! {
    /// Nothing is gathered for the sake of what may come: whatever there was before, a lone position goes out at once.
    #[test]
    fn a_lone_position_on_an_idle_gateway_never_waits(
        gaps in prop::collection::vec(0_u64..20, 1..400), cost in 0_u64..50_000, idle in 300_u64..10_000,
    ) {
        let mut times: Vec<u64> = gaps.iter().scan(0, |time, gap| { *time += gap; Some(*time) }).collect();
        let busy = simulate(&times, Duration::from_micros(cost), 0.0);
        let last = times.last().copied().unwrap_or_default() + busy.longest();
        // Until the last of it is written and paid for: that takes no longer than anything is gathered.
        times.push(last + cost / 1_000 + 250 + idle);
        let outcome = simulate(&times, Duration::from_micros(cost), 0.0);
        prop_assert_eq!(outcome.waits.last().copied(), Some(0));
    }

    #[test]
    fn every_position_is_published_in_time_whatever_comes(
        gaps in prop::collection::vec(0_u64..300, 1..200), cost in 0_u64..50_000, other in 0.0..2.0,
    ) {
        let times: Vec<u64> = gaps.iter().scan(0, |time, gap| { *time += gap; Some(*time) }).collect();
        let outcome = simulate(&times, Duration::from_micros(cost), other);
        prop_assert_eq!(outcome.waits.len(), times.len());
        prop_assert!(outcome.longest() <= 250, "{}", outcome.longest());
    }
}
