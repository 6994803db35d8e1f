//! How often statuses are written: so many a second in all, transitions first.
//!
//! Decides, and neither waits nor writes. A transition that is too early gets a time of its own, at which it is granted;
//! a refresh of progress is put off while transitions have taken the coming times.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most status writes a second.
pub const WRITES_PER_SECOND: u32 = 20;

const SECOND: Duration = Duration::from_secs(1);

/// What a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A phase, a condition, a fact.
    Transition,
    /// How far the vehicle is.
    Refresh,
}

/// Whether to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Now.
    Granted,
    /// Ask again after so long.
    Later(Duration),
}

/// The writes of one process.
#[derive(Debug)]
pub struct Budget {
    most: u32,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The writes of the last second.
    granted: VecDeque<Instant>,
    /// The first time that no transition was promised.
    free: Option<Instant>,
    /// The times that transitions were promised, by uid.
    promised: HashMap<String, Instant>,
    /// When each object was last written, by uid.
    written: HashMap<String, Instant>,
}

impl Budget {
    /// At most so many writes in any second.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self { most: per_second.max(1), inner: Mutex::default() }
    }

    /// Asks for one write of the status of the object `uid`; a refresh not sooner than `interval` after the last.
    pub fn ask(&self, uid: &str, urgency: Urgency, interval: Duration, now: Instant) -> Answer {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Urgency::Refresh, Some(last)) = (urgency, inner.written.get(uid)) {
            let due = *last + interval;
            if due > now {
                return Answer::Later(due - now);
            }
        }
        let answer = inner.ask(self.most, uid, urgency, now);
        if answer == Answer::Granted {
            inner.granted.push_back(now);
            inner.promised.remove(uid);
            inner.written.insert(uid.to_owned(), now);
        }
        answer
    }

    /// Forgets the objects that are gone.
    pub fn keep(&self, exists: &HashSet<String>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.written.retain(|uid, _| exists.contains(uid));
        inner.promised.retain(|uid, _| exists.contains(uid));
    }

    /// How long the progress of one delivery stays as it was written, when so many are under way: at least 2 s, and so
    /// long that all refreshes together take three quarters of the budget.
    #[must_use]
    pub fn refresh_interval(&self, running: usize) -> Duration {
        let running = u32::try_from(running).unwrap_or(u32::MAX);
        (Duration::from_secs(1).saturating_mul(running) * 4 / 3 / self.most).max(Duration::from_secs(2))
    }
}

impl Inner {
    fn ask(&mut self, most: u32, uid: &str, urgency: Urgency, now: Instant) -> Answer {
        if let Some(at) = self.promised.get(uid).copied().filter(|at| *at > now) {
            return Answer::Later(at - now);
        }
        while self.granted.front().is_some_and(|granted| now.saturating_duration_since(*granted) >= SECOND) {
            self.granted.pop_front();
        }
        let oldest = self.granted.front().copied();
        let room = oldest.filter(|_| self.granted.len() >= most as usize).map_or(now, |oldest| oldest + SECOND);
        let ahead = self.promised.contains_key(uid);
        let free = self.free.filter(|_| !ahead).map_or(room, |free| free.max(room));
        if free <= now {
            return Answer::Granted;
        }
        if urgency == Urgency::Transition {
            self.promised.insert(uid.to_owned(), free);
            if !ahead {
                self.free = Some(free + SECOND / most);
            }
        }
        Answer::Later(free - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_transitions_is_spread_and_each_is_granted_at_its_time() {
        let (budget, start) = (Budget::new(20), Instant::now());
        let ask = |n: u32, now| budget.ask(&n.to_string(), Urgency::Transition, Duration::ZERO, now);
        let waits: Vec<_> = (0..100).map(|n| (n, ask(n, start))).collect();
        assert!(waits[..20].iter().all(|(_, answer)| *answer == Answer::Granted));
        for (n, answer) in &waits[20..] {
            let at = SECOND + (n - 20) * SECOND / 20;
            assert_eq!(*answer, Answer::Later(at));
            assert_eq!(ask(*n, start + at), Answer::Granted, "{n}");
        }
    }

    #[test]
    fn a_transition_that_asks_too_early_keeps_its_place() {
        let (budget, start) = (Budget::new(1), Instant::now());
        let ask = |uid| budget.ask(uid, Urgency::Transition, Duration::ZERO, start);
        assert_eq!(ask("a"), Answer::Granted);
        assert_eq!([ask("b"), ask("c"), ask("b")], [1, 2, 1].map(|n| Answer::Later(n * SECOND)));
    }

    #[test]
    fn a_refresh_waits_for_its_interval_and_a_transition_does_not() {
        let (budget, start) = (Budget::new(20), Instant::now());
        let (interval, later) = (2 * SECOND, start + SECOND);
        assert_eq!(budget.ask("a", Urgency::Refresh, interval, start), Answer::Granted);
        assert_eq!(budget.ask("a", Urgency::Refresh, interval, later), Answer::Later(SECOND));
        assert_eq!(budget.ask("a", Urgency::Transition, interval, later), Answer::Granted);
        budget.keep(&HashSet::new());
        assert_eq!(budget.ask("a", Urgency::Refresh, interval, later), Answer::Granted);
    }

    #[test]
    fn a_refresh_takes_no_place_from_a_transition() {
        let (budget, start) = (Budget::new(1), Instant::now());
        let ask = |uid, urgency| budget.ask(uid, urgency, Duration::ZERO, start);
        assert_eq!(ask("a", Urgency::Refresh), Answer::Granted);
        assert_eq!(ask("b", Urgency::Refresh), Answer::Later(SECOND));
        assert_eq!(ask("c", Urgency::Transition), Answer::Later(SECOND));
        assert_eq!(ask("d", Urgency::Refresh), Answer::Later(2 * SECOND), "after what was promised");
    }

    #[test]
    fn never_more_than_the_limit_in_any_second() {
        let (budget, start) = (Budget::new(20), Instant::now());
        let mut granted = Vec::new();
        for millis in 0..5_000_u64 {
            let now = start + Duration::from_millis(millis);
            let urgency = if millis % 3 == 0 { Urgency::Transition } else { Urgency::Refresh };
            if budget.ask(&(millis % 700).to_string(), urgency, Duration::ZERO, now) == Answer::Granted {
                granted.push(millis);
            }
        }
        for (index, at) in granted.iter().enumerate() {
            assert!(granted[index..].iter().filter(|other| *other - at < 1_000).count() <= 20, "from {at} ms");
        }
        assert!(granted.len() > 60, "{}", granted.len());
    }

    #[test]
    fn progress_is_refreshed_less_often_when_many_are_under_way() {
        let budget = Budget::new(WRITES_PER_SECOND);
        assert_eq!(budget.refresh_interval(3), 2 * SECOND);
        assert!(budget.refresh_interval(1_000) > 60 * SECOND);
    }
}
