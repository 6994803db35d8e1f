//! Signs of life of the loops of a process: what has not come round within its time makes the process not ready, by name.
//!
//! A loop may wait for as long as nothing is to be done; what it does about one thing, from then on, has a time. So a task that hangs, on a
//! lock or on an answer that never comes, shows within that time, although the process answers and nothing has failed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::locks::lock;

/// The signs of life of one loop, shared by its tasks.
#[derive(Clone, Debug)]
pub struct Heartbeat(Arc<Pulse>);

/// What is known of a loop.
#[derive(Debug)]
struct Pulse {
    limit: Duration,
    /// The dependency without which a round may take any time.
    needs: Option<&'static str>,
    rounds: Mutex<Rounds>,
}

#[derive(Debug, Default)]
struct Rounds {
    /// When each round that is under way began.
    begun: BTreeMap<u64, Instant>,
    count: u64,
}

/// One round of a loop, until it is dropped.
#[derive(Debug)]
pub struct Round {
    pulse: Arc<Pulse>,
    number: u64,
}

impl Heartbeat {
    /// Of a loop each of whose rounds takes less than `limit`.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self(Arc::new(Pulse { limit, needs: None, rounds: Mutex::default() }))
    }

    /// Of a loop that waits in its rounds for a dependency that is away: a round takes less than `limit` while it is there.
    pub(crate) fn that_needs(dependency: &'static str, limit: Duration) -> Self {
        Self(Arc::new(Pulse { limit, needs: Some(dependency), rounds: Mutex::default() }))
    }

    /// A round begins. Several may be under way at once.
    #[must_use]
    pub fn round(&self) -> Round {
        let mut rounds = lock(&self.0.rounds);
        rounds.count += 1;
        let number = rounds.count;
        rounds.begun.insert(number, Instant::now());
        Round { pulse: Arc::clone(&self.0), number }
    }

    /// Does the work of one round.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let _round = self.round();
        work.await
    }

    /// What the process's health knows of it; nothing once the loop has ended.
    pub(crate) fn watched(&self) -> Watched {
        Watched(Arc::downgrade(&self.0))
    }
}

impl Drop for Round {
    fn drop(&mut self) {
        lock(&self.pulse.rounds).begun.remove(&self.number);
    }
}

/// A loop as the process's health sees it.
#[derive(Debug)]
pub(crate) struct Watched(Weak<Pulse>);

impl Watched {
    /// Whether the loop is there.
    pub(crate) fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Gives the rounds that wait for a dependency their time anew: it is away.
    pub(crate) fn excuse(&self, dependency: &str) {
        if let Some(pulse) = self.0.upgrade()
            && pulse.needs == Some(dependency)
        {
            for begun in lock(&pulse.rounds).begun.values_mut() {
                *begun = Instant::now();
            }
        }
    }

    /// How long its oldest round has taken, and its limit, if that is more.
    pub(crate) fn overdue(&self) -> Option<(Duration, Duration)> {
        let pulse = self.0.upgrade()?;
        let oldest = lock(&pulse.rounds).begun.values().min().map(Instant::elapsed)?;
        (oldest > pulse.limit).then_some((oldest, pulse.limit))
    }
}
