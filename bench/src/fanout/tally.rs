//! What clients have got, each by itself and all together, and whether it is what they were promised.

use super::ages::Ages;
use super::course::Due;
use super::positions::Position;
use anyhow::{Context, Result, bail, ensure};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What must have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Every position once and in order.
    Every,
    /// The newest, never an older one after a newer one.
    Newest,
}

/// What all clients of a run have seen together.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Clients that are connected and would get positions.
    pub ready: AtomicUsize,
    /// Positions that came in their order.
    pub positions: AtomicU64,
    /// Positions that are the last of their delivery: those from this number on.
    pub last_from: AtomicUsize,
    pub lasts: AtomicU64,
    /// Positions that the server said it left out.
    pub conflated: AtomicU64,
    pub frames: AtomicU64,
    pub bytes: AtomicU64,
    /// Ages are noted of positions from this number on.
    pub aged_from: AtomicUsize,
    ages: Mutex<Ages>,
    problem: Mutex<Option<String>>,
}

impl Seen {
    /// Nothing; no position is the last of its delivery, and no age is noted.
    pub(crate) fn new() -> Self {
        Self { last_from: usize::MAX.into(), aged_from: usize::MAX.into(), ..Self::default() }
    }

    /// The ages so far.
    pub(crate) fn ages(&self) -> Ages {
        lock(&self.ages).clone()
    }

    /// Fails with the first thing that went wrong at any client.
    ///
    /// # Errors
    /// That thing.
    pub(crate) fn check(&self) -> Result<()> {
        lock(&self.problem).as_ref().map_or(Ok(()), |problem| bail!("{problem}"))
    }

    /// Something went wrong at a client.
    pub(crate) fn fail(&self, problem: &anyhow::Error) {
        lock(&self.problem).get_or_insert_with(|| format!("{problem:#}"));
    }

    /// Takes in what a client has got by one read.
    ///
    /// # Errors
    /// When it was promised something else.
    pub(crate) fn take(&self, tally: &mut Tally, found: &[Position], now: Instant) -> Result<()> {
        let (aged_from, last_from) = (self.aged_from.load(Relaxed), self.last_from.load(Relaxed));
        let mut ages = lock(&self.ages);
        for position in found {
            let number = tally.take(*position)?;
            if number >= aged_from {
                ages.add(tally.due.age(number, now).context("a position came before it was published")?);
            }
            if number >= last_from {
                self.lasts.fetch_add(1, Relaxed);
            }
        }
        self.positions.fetch_add(found.len() as u64, Relaxed);
        Ok(())
    }
}

/// What one client has.
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

    /// Takes in a position and gives its number in the run.
    ///
    /// # Errors
    /// When another was promised.
    pub(crate) fn take(&mut self, position: Position) -> Result<usize> {
        let number = self.due.number(position).with_context(|| format!("{position:?} was never published"))?;
        let next = &mut self.next[position.delivery];
        let (seq, wanted) = (position.seq, *next);
        let right = if self.promise == Promise::Every { seq == wanted } else { seq >= wanted };
        ensure!(right, "delivery {}: position {seq} came where {wanted} was due", position.delivery);
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
mod tests {
    use super::*;

    fn takes(promise: Promise, seqs: &[u64]) -> Result<Vec<usize>> {
        let mut tally = Tally::new(Arc::new(Due::new(2, 10)), promise, 2);
        seqs.iter().map(|seq| tally.take(Position { delivery: 1, seq: *seq })).collect()
    }

    #[test]
    fn who_was_promised_everything_gets_it_once_and_in_order() {
        assert_eq!(takes(Promise::Every, &[0, 1, 2]).unwrap(), [1, 3, 5]);
        for wrong in [&[1][..], &[0, 0], &[0, 2], &[0, 1, 0]] {
            assert!(takes(Promise::Every, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn who_was_promised_the_newest_never_gets_an_older_one() {
        assert_eq!(takes(Promise::Newest, &[0, 3, 4]).unwrap(), [1, 7, 9]);
        assert!(takes(Promise::Newest, &[3, 3]).is_err());
        assert!(takes(Promise::Newest, &[3, 2]).is_err());
    }

    #[test]
    fn what_was_never_published_is_no_position() {
        assert!(takes(Promise::Newest, &[5]).is_err());
        assert!(takes(Promise::Newest, &[u64::MAX]).is_err());
    }

    #[test]
    fn a_problem_at_one_client_is_the_problem_of_all() {
        let (seen, due) = (Seen::new(), Arc::new(Due::new(1, 10)));
        let mut tally = Tally::new(due, Promise::Every, 1);
        let position = |seq| Position { delivery: 0, seq };
        seen.take(&mut tally, &[position(0), position(1)], Instant::now()).unwrap();
        seen.check().unwrap();
        seen.fail(&seen.take(&mut tally, &[position(3)], Instant::now()).unwrap_err());
        assert!(seen.check().unwrap_err().to_string().contains("position 3 came where 2 was due"));
        assert_eq!(seen.positions.load(Relaxed), 2);
    }
}
