//! Which connections wait for the reply to which request.
//!
//! Pure and bounded: beyond [`MAX`] requests of a connection without a reply its oldest is dropped, and beyond [`MAX_IN_ALL`] the oldest
//! of all. A client whose request is dropped gets no reply; it still sees the delivery.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// The maximum number of requests per connection that wait for a reply.
const MAX: usize = 64;
/// The maximum number of requests of all connections that wait for a reply. Starts and commands of all addresses together are limited to
/// some hundred a second, and a reply takes less than a second.
const MAX_IN_ALL: usize = 4096;

/// Waiting requests, each with the channel `T` to each client that waits.
#[derive(Debug)]
pub(crate) struct PendingRequests<T> {
    requests: HashMap<Arc<str>, Vec<Waiting<T>>>,
    connections: HashMap<u64, VecDeque<u64>>,
    /// Everyone who waits, the longest first: the connection and the request by the number in [`Waiting`].
    order: BTreeMap<u64, (u64, Arc<str>)>,
    next: u64,
}

/// A client that waits for a reply.
#[derive(Debug)]
struct Waiting<T> {
    number: u64,
    connection: u64,
    way: T,
}

impl<T> Default for PendingRequests<T> {
    fn default() -> Self {
        Self { requests: HashMap::new(), connections: HashMap::new(), order: BTreeMap::new(), next: 0 }
    }
}

impl<T> PendingRequests<T> {
    /// Records that a connection waits for the reply to a request.
    pub(crate) fn register(&mut self, connection: u64, request: &str, way: T) {
        let request: Arc<str> = Arc::from(request);
        let waiting = self.requests.entry(Arc::clone(&request)).or_default();
        if waiting.iter().any(|other| other.connection == connection) {
            return;
        }
        let number = self.next;
        self.next += 1;
        waiting.push(Waiting { number, connection, way });
        self.order.insert(number, (connection, request));
        let asked = self.connections.entry(connection).or_default();
        asked.push_back(number);
        let oldest = asked.front().copied().filter(|_| asked.len() > MAX);
        if let Some(oldest) = oldest {
            self.drop_one(oldest);
        }
        if self.order.len() > MAX_IN_ALL
            && let Some((&oldest, _)) = self.order.first_key_value()
        {
            self.drop_one(oldest);
        }
    }

    /// Takes the channels of all connections that wait for the reply to a request.
    pub(crate) fn take(&mut self, request: &str) -> Vec<T> {
        let found = self.requests.remove(request).unwrap_or_default();
        for waiting in &found {
            self.forget(waiting.number);
        }
        found.into_iter().map(|waiting| waiting.way).collect()
    }

    /// Drops one request of a connection.
    pub(crate) fn cancel(&mut self, connection: u64, request: &str) {
        let waiting = self.requests.get(request).into_iter().flatten();
        let number = waiting.into_iter().find(|waiting| waiting.connection == connection).map(|waiting| waiting.number);
        if let Some(number) = number {
            self.drop_one(number);
        }
    }

    pub(crate) fn leave(&mut self, connection: u64) {
        for number in self.connections.remove(&connection).unwrap_or_default() {
            self.drop_one(number);
        }
    }

    /// Whether a connection waits for the reply to a request.
    #[cfg(test)]
    pub(crate) fn waits_for(&self, request: &str) -> bool {
        self.requests.contains_key(request)
    }

    /// Whether no connection waits.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.order.is_empty() && self.connections.is_empty()
    }

    fn drop_one(&mut self, number: u64) {
        let Some(request) = self.forget(number) else { return };
        if let Some(waiting) = self.requests.get_mut(&request) {
            waiting.retain(|waiting| waiting.number != number);
            if waiting.is_empty() {
                self.requests.remove(&request);
            }
        }
    }

    /// Takes a number out of the order and out of its connection's list; returns its request.
    fn forget(&mut self, number: u64) -> Option<Arc<str>> {
        let (connection, request) = self.order.remove(&number)?;
        if let Some(asked) = self.connections.get_mut(&connection) {
            asked.retain(|other| *other != number);
            if asked.is_empty() {
                self.connections.remove(&connection);
            }
        }
        Some(request)
    }
}

#[cfg(test)]
#[path = "tests/pending.rs"]
mod tests;
