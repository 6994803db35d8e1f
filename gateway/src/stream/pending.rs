//! Which connections wait for the reply to which request.
//!
//! Pure and bounded: when a connection has more than [`MAX`] requests without a reply, its oldest is dropped.

use std::collections::{HashMap, VecDeque};

/// The maximum number of requests per connection that wait for a reply.
const MAX: usize = 64;

/// Waiting requests, each with the channel `T` to each client that waits.
#[derive(Debug)]
pub(crate) struct PendingRequests<T> {
    requests: HashMap<String, Vec<(u64, T)>>,
    connections: HashMap<u64, VecDeque<String>>,
}

impl<T> Default for PendingRequests<T> {
    fn default() -> Self {
        Self { requests: HashMap::new(), connections: HashMap::new() }
    }
}

impl<T> PendingRequests<T> {
    /// Records that a connection waits for the reply to a request.
    pub(crate) fn register(&mut self, connection: u64, request: &str, way: T) {
        let waiting = self.requests.entry(request.to_owned()).or_default();
        if waiting.iter().any(|(other, _)| *other == connection) {
            return;
        }
        waiting.push((connection, way));
        let asked = self.connections.entry(connection).or_default();
        asked.push_back(request.to_owned());
        if asked.len() > MAX
            && let Some(oldest) = asked.pop_front()
        {
            self.drop_one(connection, &oldest);
        }
    }

    /// Takes the channels of all connections that wait for the reply to a request.
    pub(crate) fn take(&mut self, request: &str) -> Vec<T> {
        let found = self.requests.remove(request).unwrap_or_default();
        for (connection, _) in &found {
            if let Some(asked) = self.connections.get_mut(connection) {
                asked.retain(|other| other != request);
            }
        }
        found.into_iter().map(|(_, way)| way).collect()
    }

    /// Drops one request of a connection.
    pub(crate) fn cancel(&mut self, connection: u64, request: &str) {
        if let Some(asked) = self.connections.get_mut(&connection) {
            asked.retain(|other| other != request);
        }
        self.drop_one(connection, request);
    }

    pub(crate) fn leave(&mut self, connection: u64) {
        for request in self.connections.remove(&connection).unwrap_or_default() {
            self.drop_one(connection, &request);
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
        self.requests.is_empty()
    }

    fn drop_one(&mut self, connection: u64, request: &str) {
        if let Some(waiting) = self.requests.get_mut(request) {
            waiting.retain(|(other, _)| *other != connection);
            if waiting.is_empty() {
                self.requests.remove(request);
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/pending.rs"]
mod tests;
