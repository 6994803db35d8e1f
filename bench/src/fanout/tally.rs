//! What the clients have received, each one and all together, and whether it is what they were promised.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::ages::Ages;
use super::positions::Position;
use super::workload::Due;

/// What a client must receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Every position once and in order.
    Every,
    /// The newest, never an older one after a newer one.
    Newest,
}

/// What all clients of a run have received together.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Clients that are connected and ready for positions.
    pub ready: AtomicUsize,
    /// Positions received in order.
    pub positions: AtomicU64,
    /// Positions that are the last of their delivery: those from this number on.
    pub last_from: AtomicUsize,
    pub lasts: AtomicU64,
    /// Positions that the server reported as conflated.
    pub conflated: AtomicU64,
    pub frames: AtomicU64,
    pub bytes: AtomicU64,
    /// Reads of a socket that returned something; about as many as the server's writes.
    pub reads: AtomicU64,
    /// Ages are recorded of positions from this number on.
    pub aged_from: AtomicUsize,
    ages: Mutex<Ages>,
    problem: Mutex<Option<String>>,
}

impl Seen {
    /// Nothing yet; no position is the last of its delivery, and no age is recorded.
    pub(crate) fn new() -> Self {
        Self { last_from: usize::MAX.into(), aged_from: usize::MAX.into(), ..Self::default() }
    }

    /// The ages so far.
    pub(crate) fn ages(&self) -> Ages {
        lock(&self.ages).clone()
    }

    /// Fails with the first error of any client.
    ///
    /// # Errors
    /// The first error.
    pub(crate) fn check(&self) -> Result<()> {
        lock(&self.problem).as_ref().map_or(Ok(()), |problem| bail!("{problem}"))
    }

    /// Records the error of a client.
    pub(crate) fn fail(&self, problem: &anyhow::Error) {
        lock(&self.problem).get_or_insert_with(|| format!("{problem:#}"));
    }

    /// Counts what one read of a client returned.
    ///
    /// # Errors
    /// When it is not what the client was promised.
    pub(crate) fn take(&self, tally: &mut Tally, found: &[Position], now: Instant) -> Result<()> {
        let (aged_from, last_from) = (self.aged_from.load(Relaxed), self.last_from.load(Relaxed));
        let mut ages = lock(&self.ages);
        for position in found {
            let number = tally.take(*position)?;
            if number >= aged_from {
                ages.add(tally.due.age(number, now).context("a position arrived before it was published")?);
            }
            if number >= last_from {
                self.lasts.fetch_add(1, Relaxed);
            }
        }
        self.positions.fetch_add(found.len() as u64, Relaxed);
        Ok(())
    }
}

/// What one client has received.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    due: Arc<Due>,
    promise: Promise,
    next: Vec<u64>,
}

impl Tally {
    pub(crate) fn new(due: Arc<Due>, promise: Promise, deliveries: usize) -> Self {
        Self { due, promise, next: vec![0; deliveries] }
    }

    /// Counts a position; returns its number in the run.
    ///
    /// # Errors
    /// When it is not the promised one.
    pub(crate) fn take(&mut self, position: Position) -> Result<usize> {
        let number = self.due.number(position).with_context(|| format!("{position:?} was never published"))?;
        let next = &mut self.next[position.delivery];
        let (seq, wanted) = (position.seq, *next);
        let right = if self.promise == Promise::Every { seq == wanted } else { seq >= wanted };
        ensure!(right, "delivery {}: position {seq} came instead of {wanted}", position.delivery);
        *next = seq + 1;
        Ok(number)
    }

    /// How many positions of all deliveries are accounted for.
    pub(crate) fn total(&self) -> u64 {
        self.next.iter().sum()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "tests/tally.rs"]
mod tests;
