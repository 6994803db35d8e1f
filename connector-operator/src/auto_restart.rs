//! When what failed is restarted, and when it counts as stable again: Strimzi's back-off. Pure.
//!
//! The first restart comes at once; the one after `n` restarts comes `n² + n` minutes after the last, at most 60. A connector that
//! has run longer than that since its last restart is stable, and counting begins anew.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::connector::{AutoRestart, AutoRestartStatus, seconds};

/// The longest pause, in minutes.
const LONGEST: i64 = 60;

/// What is to be done about failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Restart it now; `status` counts it already.
    pub restart: bool,
    /// What the status says of restarts.
    pub status: Option<AutoRestartStatus>,
    /// When something is due next.
    pub again: Option<Duration>,
    /// It has been restarted as often as it may.
    pub exhausted: bool,
}

/// Decides for a connector that has failed, or has not.
#[must_use]
pub fn decide(
    spec: Option<AutoRestart>,
    previous: Option<&AutoRestartStatus>,
    has_failed: bool,
    now: Timestamp,
) -> Decision {
    let Some(spec) = spec.filter(|spec| spec.enabled == Some(true)) else { return Decision::default() };
    let count = previous.map_or(0, |previous| previous.count.max(0));
    let last = previous.and_then(|previous| previous.last_restart_timestamp.as_ref()?.parse::<Timestamp>().ok());
    if !has_failed {
        return stable(previous, last, count, now);
    }
    if spec.max_restarts.is_some_and(|most| count >= most) {
        return Decision { status: previous.cloned(), exhausted: true, ..Decision::default() };
    }
    if let Some(due) = last.map(|last| due(last, pause(count))).filter(|due| *due > now) {
        return Decision { status: previous.cloned(), again: Some(until(due, now)), ..Decision::default() };
    }
    let counted = AutoRestartStatus { count: count + 1, last_restart_timestamp: Some(seconds(now)) };
    Decision { restart: true, status: Some(counted), ..Decision::default() }
}

fn stable(previous: Option<&AutoRestartStatus>, last: Option<Timestamp>, count: i64, now: Timestamp) -> Decision {
    // Strimzi waits for more than the pause, counted in whole minutes.
    last.map(|last| due(last, pause(count) + 1)).filter(|due| *due > now).map_or_else(Decision::default, |due| {
        Decision { status: previous.cloned(), again: Some(until(due, now)), ..Decision::default() }
    })
}

/// Minutes between the restart number `count` and the next.
const fn pause(count: i64) -> i64 {
    let minutes = count.saturating_mul(count).saturating_add(count);
    if minutes < LONGEST { minutes } else { LONGEST }
}

fn due(last: Timestamp, minutes: i64) -> Timestamp {
    last.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Option<AutoRestart> = Some(AutoRestart { enabled: Some(true), max_restarts: None });

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    /// The minutes at which a connector that fails for ever is restarted, when it is looked at once a minute.
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
    fn it_is_restarted_no_more_than_it_may() {
        let limited = |most| Some(AutoRestart { enabled: Some(true), max_restarts: Some(most) });
        assert_eq!(restarts(limited(3), 400), [0, 2, 8]);
        assert_eq!(restarts(limited(0), 400), [0; 0]);
        let previous = AutoRestartStatus { count: 3, last_restart_timestamp: Some(seconds(at(0))) };
        let decision = decide(limited(3), Some(&previous), true, at(1_000));
        assert!(decision.exhausted && decision.again.is_none() && decision.status == Some(previous));
    }

    #[test]
    fn it_is_left_alone_unless_it_is_asked_for() {
        let previous = AutoRestartStatus { count: 2, last_restart_timestamp: Some(seconds(at(0))) };
        for spec in [None, Some(AutoRestart::default()), Some(AutoRestart { enabled: Some(false), max_restarts: None })]
        {
            assert_eq!(decide(spec, Some(&previous), true, at(100)), Decision::default());
        }
    }

    #[test]
    fn it_counts_as_stable_after_it_has_run_longer_than_the_pause() {
        let previous = AutoRestartStatus { count: 2, last_restart_timestamp: Some(seconds(at(0))) };
        let kept = decide(ON, Some(&previous), false, at(6));
        assert_eq!((kept.status.as_ref(), kept.again), (Some(&previous), Some(Duration::from_mins(1))));
        assert_eq!(decide(ON, Some(&previous), false, at(7)), Decision::default());
        assert_eq!(decide(ON, None, false, at(0)), Decision::default());
    }

    #[test]
    fn the_next_restart_is_looked_for_when_it_is_due() {
        let previous = AutoRestartStatus { count: 1, last_restart_timestamp: Some(seconds(at(0))) };
        let decision = decide(ON, Some(&previous), true, at(1));
        assert_eq!((decision.restart, decision.again), (false, Some(Duration::from_mins(1))));
        let unreadable = AutoRestartStatus { count: 1, last_restart_timestamp: Some("yesterday".to_owned()) };
        assert!(decide(ON, Some(&unreadable), true, at(1)).restart);
    }
}
