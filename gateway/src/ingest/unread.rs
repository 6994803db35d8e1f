//! Which partitions are still to be read while the gateway starts, for how long the others wait for them, and what is said of those that
//! cannot be read. Pure.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// How many partitions are named at most.
const NAMED: usize = 12;

/// The partitions of a topic that have not been read far enough.
#[derive(Debug)]
pub(super) struct Awaited {
    /// Up to which offset each is to be read, unless its end comes first.
    ends: HashMap<i32, i64>,
    /// Whether any has been read, so that Kafka lets itself be read.
    has_ended: bool,
    /// How long the others wait for those of which nothing comes; `None`: for as long as it takes.
    patience: Option<Duration>,
    /// When something last came of them.
    since: Instant,
}

impl Awaited {
    pub(super) const fn new(ends: HashMap<i32, i64>, patience: Option<Duration>, now: Instant) -> Self {
        Self { ends, has_ended: false, patience, since: now }
    }

    /// A record has been read, after which a partition goes on at `next`. What comes of a partition that has been read far enough does not
    /// count: there may always be something.
    pub(super) fn pass(&mut self, partition: i32, next: i64, now: Instant) {
        match self.ends.get(&partition) {
            Some(end) if next >= *end => self.end(partition, now),
            Some(_) => self.since = now,
            None => {}
        }
    }

    /// A partition has been read to its end.
    pub(super) fn end(&mut self, partition: i32, now: Instant) {
        if self.ends.remove(&partition).is_some() {
            (self.has_ended, self.since) = (true, now);
        }
    }

    /// For so long nobody has looked whether something comes.
    pub(super) fn excuse(&mut self, time: Duration) {
        self.since += time;
    }

    #[must_use]
    pub(super) fn is_complete(&self) -> bool {
        self.ends.is_empty()
    }

    /// Until when something must come of them, if the others do not wait for longer.
    #[must_use]
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.patience.filter(|_| self.has_ended).map(|patience| self.since + patience)
    }

    /// Those that are left.
    #[must_use]
    pub(super) fn left(self) -> BTreeSet<i32> {
        self.ends.into_keys().collect()
    }
}

/// What is wrong and what to do; nothing when everything can be read. Each partition is named with its topic's full name.
#[must_use]
pub(super) fn sentence(unread: &[(String, i32)]) -> Option<String> {
    let mut names: Vec<_> =
        unread.iter().take(NAMED).map(|(topic, partition)| format!("{partition} of {topic}")).collect();
    if unread.len() > NAMED {
        names.push(format!("and {} more", unread.len() - NAMED));
    }
    (!names.is_empty()).then(|| {
        format!(
            "Kafka does not let these partitions be read: {}. Deliveries and routes that are keyed to them are missing, or not up to date; all \
             others are served. Bring back the brokers that lead them, or let other replicas lead them; then the gateway restarts to read \
             everything.",
            names.join(", ")
        )
    })
}

#[cfg(test)]
#[path = "tests/unread.rs"]
mod tests;
