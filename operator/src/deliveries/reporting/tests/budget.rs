use super::*;

#[test]
fn a_burst_of_transitions_is_spread_and_each_is_granted_at_its_time() {
    let (budget, start) = (Budget::new(20), Instant::now());
    let ask = |n: u32, now| budget.ask(&n.to_string(), Urgency::Transition, Duration::ZERO, now);
    let waits: Vec<_> = (0..100).map(|n| (n, ask(n, start))).collect();
    assert!(waits[..20].iter().all(|(_, answer)| *answer == Permit::Granted));
    for (n, answer) in &waits[20..] {
        let at = SECOND + (n - 20) * SECOND / 20;
        assert_eq!(*answer, Permit::RetryAfter(at));
        assert_eq!(ask(*n, start + at), Permit::Granted, "{n}");
    }
}

#[test]
fn a_transition_that_asks_too_early_keeps_its_slot() {
    let (budget, start) = (Budget::new(1), Instant::now());
    let ask = |uid| budget.ask(uid, Urgency::Transition, Duration::ZERO, start);
    assert_eq!(ask("a"), Permit::Granted);
    assert_eq!([ask("b"), ask("c"), ask("b")], [1, 2, 1].map(|n| Permit::RetryAfter(n * SECOND)));
}

#[test]
fn a_refresh_waits_for_its_interval_and_a_transition_does_not() {
    let (budget, start) = (Budget::new(20), Instant::now());
    let (interval, later) = (2 * SECOND, start + SECOND);
    assert_eq!(budget.ask("a", Urgency::Refresh, interval, start), Permit::Granted);
    assert_eq!(budget.ask("a", Urgency::Refresh, interval, later), Permit::RetryAfter(SECOND));
    assert_eq!(budget.ask("a", Urgency::Transition, interval, later), Permit::Granted);
    budget.keep(&HashSet::new());
    assert_eq!(budget.ask("a", Urgency::Refresh, interval, later), Permit::Granted);
}

#[test]
fn a_refresh_takes_no_slot_from_a_transition() {
    let (budget, start) = (Budget::new(1), Instant::now());
    let ask = |uid, urgency| budget.ask(uid, urgency, Duration::ZERO, start);
    assert_eq!(ask("a", Urgency::Refresh), Permit::Granted);
    assert_eq!(ask("b", Urgency::Refresh), Permit::RetryAfter(SECOND));
    assert_eq!(ask("c", Urgency::Transition), Permit::RetryAfter(SECOND));
    assert_eq!(ask("d", Urgency::Refresh), Permit::RetryAfter(2 * SECOND), "after the promised slot");
}

#[test]
fn never_more_than_the_limit_in_any_second() {
    let (budget, start) = (Budget::new(20), Instant::now());
    let mut granted = Vec::new();
    for millis in 0..5_000_u64 {
        let now = start + Duration::from_millis(millis);
        let urgency = if millis % 3 == 0 { Urgency::Transition } else { Urgency::Refresh };
        if budget.ask(&(millis % 700).to_string(), urgency, Duration::ZERO, now) == Permit::Granted {
            granted.push(millis);
        }
    }
    for (index, at) in granted.iter().enumerate() {
        assert!(granted[index..].iter().filter(|other| *other - at < 1_000).count() <= 20, "from {at} ms");
    }
    assert!(granted.len() > 60, "{}", granted.len());
}

#[test]
fn progress_is_refreshed_less_often_when_many_are_running() {
    let budget = Budget::new(MAX_WRITES_PER_SECOND);
    assert_eq!(budget.refresh_interval(3), 2 * SECOND);
    assert!(budget.refresh_interval(1_000) > 60 * SECOND);
}
