//! Which connections are told of the notifications of which recipients.
//!
//! Pure. How many recipients a connection may have is left to [`crate::protocol::recipients`]; a connection without any takes nothing.

use std::collections::{BTreeSet, HashMap};

use crate::protocol::recipients::Recipients;

/// Who listens, each with the channel `T` to its client.
#[derive(Debug)]
pub(crate) struct Listeners<T> {
    connections: HashMap<u64, (Recipients, T)>,
    /// The connections that listen, by recipient.
    recipients: HashMap<String, BTreeSet<u64>>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relayed {
    /// Nobody listens for its recipient.
    Unasked,
    Sent,
    /// A client has too many unread replies already, and is told to ask for what it has missed.
    Dropped,
}

impl Relayed {
    /// The name, as in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Sent => "relayed",
            Self::Dropped => "dropped",
        }
    }
}

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self { connections: HashMap::new(), recipients: HashMap::new() }
    }
}

impl<T> Listeners<T> {
    /// Replaces the recipients of a connection; with none it listens no more.
    pub(crate) fn set(&mut self, connection: u64, recipients: Recipients, way: T) {
        self.leave(connection);
        if recipients.recipient_ids.is_empty() {
            return;
        }
        for id in &recipients.recipient_ids {
            self.recipients.entry(id.clone()).or_default().insert(connection);
        }
        self.connections.insert(connection, (recipients, way));
    }

    pub(crate) fn leave(&mut self, connection: u64) {
        let Some((recipients, _)) = self.connections.remove(&connection) else { return };
        for id in &recipients.recipient_ids {
            let Some(listening) = self.recipients.get_mut(id) else { continue };
            listening.remove(&connection);
            if listening.is_empty() {
                self.recipients.remove(id);
            }
        }
    }

    /// Those who listen for a recipient, and for whom else.
    pub(crate) fn of(&self, recipient_id: &str) -> impl Iterator<Item = &(Recipients, T)> {
        let listening = self.recipients.get(recipient_id).into_iter().flatten();
        listening.filter_map(move |connection| self.connections.get(connection))
    }

    /// Everyone who listens, and for whom.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(Recipients, T)> {
        self.connections.values()
    }

    /// Whether nobody listens.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.recipients.is_empty()
    }
}

#[cfg(test)]
#[path = "tests/listeners.rs"]
mod tests;
