//! A rate limit for status writes, transitions first. Neither waits nor writes itself.
//!
//! A transition that exceeds the limit is promised a time slot, at which it will be granted; a refresh of progress is postponed while
//! transitions hold the next slots.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_observability::locks::lock;

/// The maximum number of status writes per second.
pub(crate) const MAX_WRITES_PER_SECOND: u32 = 20;

const SECOND: Duration = Duration::from_secs(1);

/// What a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// A new phase, condition or fact.
    Transition,
    /// New progress only.
    Refresh,
}

/// Whether to write now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permit {
    Granted,
    /// Ask again after this time.
    RetryAfter(Duration),
}

/// The writes of one process.
#[derive(Debug)]
pub(crate) struct Budget {
    max_per_second: u32,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The writes of the last second.
    granted: VecDeque<Instant>,
    /// The first slot that is not promised to a transition.
    free: Option<Instant>,
    /// The slots that are promised to transitions, by uid.
    promised: HashMap<String, Instant>,
    /// When each object was last written, by uid.
    written: HashMap<String, Instant>,
}

impl Budget {
    /// At most this many writes in any second.
    #[must_use]
    pub(crate) fn new(per_second: u32) -> Self {
        Self { max_per_second: per_second.max(1), inner: Mutex::default() }
    }

    /// Asks for one write of the status of the object `uid`; a refresh is granted no sooner than `interval` after the last write.
    pub(crate) fn ask(&self, uid: &str, urgency: Urgency, interval: Duration, now: Instant) -> Permit {
        let mut inner = lock(&self.inner);
        if let (Urgency::Refresh, Some(last)) = (urgency, inner.written.get(uid)) {
            let due = *last + interval;
            if due > now {
                return Permit::RetryAfter(due - now);
            }
        }
        let answer = inner.ask(self.max_per_second, uid, urgency, now);
        if answer == Permit::Granted {
            inner.granted.push_back(now);
            inner.promised.remove(uid);
            inner.written.insert(uid.to_owned(), now);
        }
        answer
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        let mut inner = lock(&self.inner);
        inner.written.retain(|uid, _| exists.contains(uid));
        inner.promised.retain(|uid, _| exists.contains(uid));
    }

    /// How often to refresh the progress of one delivery when that many are running: at most every 2 s, and rarely enough that
    /// all refreshes together take three quarters of the budget.
    #[must_use]
    pub(crate) fn refresh_interval(&self, running: usize) -> Duration {
        let running = u32::try_from(running).unwrap_or(u32::MAX);
        (Duration::from_secs(1).saturating_mul(running) * 4 / 3 / self.max_per_second).max(Duration::from_secs(2))
    }
}

impl Inner {
    fn ask(&mut self, max_per_second: u32, uid: &str, urgency: Urgency, now: Instant) -> Permit {
        if let Some(at) = self.promised.get(uid).copied().filter(|at| *at > now) {
            return Permit::RetryAfter(at - now);
        }
        while self.granted.front().is_some_and(|granted| now.saturating_duration_since(*granted) >= SECOND) {
            self.granted.pop_front();
        }
        let oldest = self.granted.front().copied();
        let room =
            oldest.filter(|_| self.granted.len() >= max_per_second as usize).map_or(now, |oldest| oldest + SECOND);
        let ahead = self.promised.contains_key(uid);
        let free = self.free.filter(|_| !ahead).map_or(room, |free| free.max(room));
        if free <= now {
            return Permit::Granted;
        }
        if urgency == Urgency::Transition {
            self.promised.insert(uid.to_owned(), free);
            if !ahead {
                self.free = Some(free + SECOND / max_per_second);
            }
        }
        Permit::RetryAfter(free - now)
    }
}

#[cfg(test)]
#[path = "tests/budget.rs"]
mod tests;
