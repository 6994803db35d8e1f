//! How often each peer address, and all of them together, may do each of some kinds of things. Pure: the time is passed in.
//!
//! A request that is over budget is refused at once and costs nothing else. Each budget is a token bucket that holds [`BURST_SECONDS`] of
//! its rate. Whose address it is was decided by [`crate::peer`]; what the kinds are, and how a refusal is told, is left to others.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_observability::locks::lock;

use crate::peer::PeerAddress;
use crate::token_bucket::{Rate, TokenBucket};

/// How many seconds' worth of a rate may come at once.
pub const BURST_SECONDS: u32 = 10;
/// The maximum number of addresses that are remembered, some 2 MB. Those that come on top share one entry.
const MAX_PEERS: usize = 10_000;
/// After this time all buckets of an address that asked for nothing are full, so forgetting it changes nothing.
const IDLE: Duration = Duration::from_secs(10);
/// The minimum time between two searches for idle addresses in a full table.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Whose budget is used up, and after which time it holds something again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedUp {
    /// That of the address.
    OfAddress(Duration),
    /// That of all addresses together.
    OfAll(Duration),
}

impl UsedUp {
    /// Whose it is, as in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfAddress(_) => "address",
            Self::OfAll(_) => "all",
        }
    }

    /// Whose it is, as the beginning of a sentence that says what they have done.
    #[must_use]
    pub const fn whose(self) -> &'static str {
        match self {
            Self::OfAddress(_) => "Your address has",
            Self::OfAll(_) => "All clients together have",
        }
    }

    /// After how many whole seconds to try again, rounded up: a client that waits so long is served.
    #[must_use]
    pub fn retry_after_seconds(self) -> u64 {
        let (Self::OfAddress(wait) | Self::OfAll(wait)) = self;
        wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
    }
}

type Buckets<const KINDS: usize> = [TokenBucket; KINDS];

/// The budgets of a process, one of each kind per address.
pub struct Budgets<const KINDS: usize> {
    /// The rates per address; none: not limited.
    rates: [Option<Rate>; KINDS],
    /// How many times as much all addresses together may use.
    factor: u32,
    table: Mutex<Table<KINDS>>,
}

struct Peer<const KINDS: usize> {
    buckets: Buckets<KINDS>,
    seen: Instant,
}

struct Table<const KINDS: usize> {
    all: Buckets<KINDS>,
    peers: HashMap<PeerAddress, Peer<KINDS>>,
    /// Shared by the addresses for which the table has no place.
    others: Peer<KINDS>,
    swept: Instant,
}

impl<const KINDS: usize> Budgets<KINDS> {
    /// So much of each kind per second and address, where 0 is without a limit; all addresses together may use `factor` times as much.
    #[must_use]
    pub fn new(per_second: [u32; KINDS], factor: u32, now: Instant) -> Self {
        let rates = per_second.map(|rate| (rate > 0).then(|| Rate::new(rate, BURST_SECONDS)));
        let (all, others) = (full(rates, factor, now), Peer::new(rates, now));
        Self { rates, factor, table: Mutex::new(Table { all, peers: HashMap::new(), others, swept: now }) }
    }

    /// Takes a request of a kind off the budgets of its address and of all addresses.
    ///
    /// # Errors
    /// When one of them is used up; then neither is charged.
    pub fn take(&self, kind: usize, address: PeerAddress, now: Instant) -> Result<(), UsedUp> {
        let Some(rate) = self.rates.get(kind).copied().flatten() else { return Ok(()) };
        lock(&self.table).take(self.rates, kind, (rate, times(rate, self.factor)), address, now)
    }
}

impl<const KINDS: usize> Table<KINDS> {
    /// Takes a token from both buckets, or from neither.
    fn take(
        &mut self,
        rates: [Option<Rate>; KINDS],
        kind: usize,
        (rate, of_all): (Rate, Rate),
        address: PeerAddress,
        now: Instant,
    ) -> Result<(), UsedUp> {
        let wait_for_all = self.all.get_mut(kind).and_then(|bucket| bucket.wait(of_all, now));
        let peer = if self.own(rates, address, now).is_some() { self.peers.get_mut(&address) } else { None };
        let Some(bucket) = peer.unwrap_or(&mut self.others).buckets.get_mut(kind) else { return Ok(()) };
        if let Some(wait) = bucket.wait(rate, now) {
            return Err(UsedUp::OfAddress(wait));
        }
        if let Some(wait) = wait_for_all {
            return Err(UsedUp::OfAll(wait));
        }
        bucket.take(rate, now);
        if let Some(bucket) = self.all.get_mut(kind) {
            bucket.take(of_all, now);
        }
        Ok(())
    }

    /// The entry of an address, which is made if there is a place for it.
    fn own(&mut self, rates: [Option<Rate>; KINDS], address: PeerAddress, now: Instant) -> Option<&mut Peer<KINDS>> {
        if !self.peers.contains_key(&address) {
            self.make_place(now);
            if self.peers.len() >= MAX_PEERS {
                return None;
            }
        }
        let peer = self.peers.entry(address).or_insert_with(|| Peer::new(rates, now));
        peer.seen = now;
        Some(peer)
    }

    /// Forgets idle addresses when the table is full.
    fn make_place(&mut self, now: Instant) {
        if self.peers.len() < MAX_PEERS || now.saturating_duration_since(self.swept) < SWEEP_EVERY {
            return;
        }
        self.swept = now;
        self.peers.retain(|_, peer| now.saturating_duration_since(peer.seen) < IDLE);
    }
}

impl<const KINDS: usize> Peer<KINDS> {
    fn new(rates: [Option<Rate>; KINDS], now: Instant) -> Self {
        Self { buckets: full(rates, 1, now), seen: now }
    }
}

fn full<const KINDS: usize>(rates: [Option<Rate>; KINDS], factor: u32, now: Instant) -> Buckets<KINDS> {
    // A bucket without a rate is never asked.
    rates.map(|rate| TokenBucket::full(times(rate.unwrap_or_else(|| Rate::new(1, 1)), factor), now))
}

fn times(rate: Rate, factor: u32) -> Rate {
    let factor = f64::from(factor);
    Rate { per_second: rate.per_second * factor, burst: rate.burst * factor }
}

#[cfg(test)]
#[path = "tests/budgets.rs"]
mod tests;
