use super::*;

const ON: Option<AutoRestart> = Some(AutoRestart { enabled: Some(true), max_restarts: None });

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
}

/// The minutes at which a connector that keeps failing is restarted, if it is checked once a minute.
fn restarts(spec: Option<AutoRestart>, until: i64) -> Vec<i64> {
    let (mut status, mut restarts) = (None, Vec::new());
    for minute in 0..until {
        let decision = decide(spec, status.as_ref(), true, at(minute));
        if decision.restart {
            restarts.push(minute);
        }
        status = decision.status;
    }
    restarts
}

#[test]
fn the_pauses_are_strimzis() {
    let pauses: Vec<_> = restarts(ON, 400).windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(restarts(ON, 1), [0], "the first at once");
    assert_eq!(pauses, [2, 6, 12, 20, 30, 42, 56, 60, 60, 60]);
}

#[test]
fn it_is_restarted_at_most_max_restarts_times() {
    let limited = |max| Some(AutoRestart { enabled: Some(true), max_restarts: Some(max) });
    assert_eq!(restarts(limited(3), 400), [0, 2, 8]);
    assert_eq!(restarts(limited(0), 400), [0; 0]);
    let previous = AutoRestartStatus { count: 3, last_restart_timestamp: Some(seconds(at(0))) };
    let decision = decide(limited(3), Some(&previous), true, at(1_000));
    assert!(decision.exhausted && decision.requeue_after.is_none() && decision.status == Some(previous));
}

#[test]
fn nothing_is_restarted_unless_the_object_asks_for_it() {
    let previous = AutoRestartStatus { count: 2, last_restart_timestamp: Some(seconds(at(0))) };
    for spec in [None, Some(AutoRestart::default()), Some(AutoRestart { enabled: Some(false), max_restarts: None })] {
        assert_eq!(decide(spec, Some(&previous), true, at(100)), Decision::default());
    }
}

#[test]
fn it_counts_as_stable_after_it_has_run_longer_than_the_pause() {
    let previous = AutoRestartStatus { count: 2, last_restart_timestamp: Some(seconds(at(0))) };
    let kept = decide(ON, Some(&previous), false, at(6));
    assert_eq!((kept.status.as_ref(), kept.requeue_after), (Some(&previous), Some(Duration::from_mins(1))));
    assert_eq!(decide(ON, Some(&previous), false, at(7)), Decision::default());
    assert_eq!(decide(ON, None, false, at(0)), Decision::default());
}

#[test]
fn the_object_is_requeued_for_when_the_next_restart_is_due() {
    let previous = AutoRestartStatus { count: 1, last_restart_timestamp: Some(seconds(at(0))) };
    let decision = decide(ON, Some(&previous), true, at(1));
    assert_eq!((decision.restart, decision.requeue_after), (false, Some(Duration::from_mins(1))));
    let unreadable = AutoRestartStatus { count: 1, last_restart_timestamp: Some("yesterday".to_owned()) };
    assert!(decide(ON, Some(&unreadable), true, at(1)).restart);
}

#[test]
fn a_restart_that_a_wrong_clock_has_noted_for_later_puts_nothing_off() {
    let sixty_days = 60 * 24 * 60;
    let ahead = AutoRestartStatus { count: 2, last_restart_timestamp: Some(seconds(at(sixty_days))) };
    let failed = decide(ON, Some(&ahead), true, at(0));
    let counted = AutoRestartStatus { count: 3, last_restart_timestamp: Some(seconds(at(0))) };
    assert_eq!((failed.restart, failed.status), (true, Some(counted)));
    assert_eq!(decide(ON, Some(&ahead), false, at(0)), Decision::default());
}
