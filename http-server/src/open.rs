//! How many connections each address has open, so that no single one keeps out all others. Which addresses are counted is left to
//! [`crate::server`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use delivery_observability::locks::lock;

use crate::peer::PeerAddress;

/// The part of all connections that no single address gets. Many clients may share one.
const RESERVED: usize = 32;

/// The open connections of a port, by address.
#[derive(Debug)]
pub(crate) struct OpenConnections {
    /// How many an address may have.
    most: usize,
    /// Of each address that has any.
    counts: Mutex<HashMap<PeerAddress, usize>>,
}

/// An open connection of an address; dropping it closes the account.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    all: Arc<OpenConnections>,
    address: PeerAddress,
}

impl OpenConnections {
    /// Of a port that serves so many at a time.
    pub(crate) fn of(all: usize) -> Arc<Self> {
        Arc::new(Self { most: all - all / RESERVED, counts: Mutex::default() })
    }

    /// Counts one more; none when the address has its maximum.
    pub(crate) fn open(self: &Arc<Self>, address: PeerAddress) -> Option<OpenConnection> {
        let mut counts = lock(&self.counts);
        let count = counts.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(OpenConnection { all: Arc::clone(self), address })
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut counts = lock(&self.all.counts);
        let Some(count) = counts.get_mut(&self.address) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&self.address);
        }
    }
}

#[cfg(test)]
#[path = "tests/open.rs"]
mod tests;
