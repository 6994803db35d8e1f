//! Which partitions of the topics have not been read, and what must wait for them. A partition whose broker is away holds up what is keyed
//! to it, and nothing else.

use delivery_messages::{Route, Topic};
use delivery_observability::Health;

use crate::log::connection::Log;
use crate::log::refused::Place;
use crate::tables::reading::{Gap, Reading, Unread};

/// In `/readyz`.
const DEPENDENCY: &str = "partitions";
/// How many partitions are named at most.
const NAMED: usize = 12;

impl Log {
    /// What must be read before anything is decided about a key, if it has not been since this process leads.
    #[must_use]
    pub(crate) fn gap(&self, topic: Topic, key: &str) -> Option<Gap> {
        let unread = if self.is_caught_up() {
            self.reading.borrow().of_key(topic, key)
        } else {
            Some(Unread { topic, partition: None })
        };
        unread.map(|unread| self.named(unread))
    }

    /// Whether something may be decided about a key.
    #[must_use]
    pub(crate) fn has_read(&self, topic: Topic, key: &str) -> bool {
        self.gap(topic, key).is_none()
    }

    /// The same of several topics as a whole.
    #[must_use]
    pub(crate) fn gap_in(&self, topics: &[Topic]) -> Option<Gap> {
        let reading = self.reading.borrow();
        topics.iter().find_map(|topic| reading.of_topic(*topic)).map(|unread| self.named(unread))
    }

    /// What must be read before anything is decided about a delivery: its plan, its state, and whether it is erased.
    #[must_use]
    pub(crate) fn gap_of_delivery(&self, id: &str) -> Option<Gap> {
        self.gap(Topic::Plan, id).or_else(|| self.gap(Topic::State, id)).or_else(|| self.gap_in(&[Topic::Erased]))
    }

    /// Whether something may be decided about a delivery.
    #[must_use]
    pub(crate) fn knows_all_of(&self, id: &str) -> bool {
        self.gap_of_delivery(id).is_none()
    }

    /// The partition that a key belongs to.
    #[must_use]
    pub(crate) fn place(&self, topic: Topic, key: &str) -> Place {
        (topic, self.reading.borrow().partition(topic, key))
    }

    /// What must be read before a route may be published. The version of a new revision of a DeliveryRoute follows from all others.
    #[must_use]
    pub(crate) fn gap_of_route(&self, route: &Route) -> Option<Gap> {
        let own = self.gap(Topic::Catalogue, &route.key());
        if own.is_some() || route.is_inline() || self.tables.catalogue.missing(route).is_none() {
            return own;
        }
        self.gap_in(&[Topic::Catalogue])
    }

    /// Waits until these topics have been read as a whole since this process leads.
    pub(crate) async fn wait_until_read(&self, topics: &[Topic]) {
        self.wait_until_caught_up().await;
        let is_read = |reading: &Reading| topics.iter().all(|topic| reading.of_topic(*topic).is_none());
        // The sender is in `self`, so that it cannot be closed.
        let _ = self.reading.subscribe().wait_for(is_read).await;
    }

    /// Says in `/readyz`, in the log and by a metric which partitions cannot be read, once everything else has been.
    pub(crate) async fn report_gaps(&self, health: &Health) {
        self.wait_until_caught_up().await;
        let (mut reading, mut reported) = (self.reading.subscribe(), None);
        loop {
            let unread = reading.borrow_and_update().all();
            self.metrics.unread_partitions(unread.iter().map(|unread| unread.topic));
            let sentence = self.sentence(&unread);
            match &sentence {
                Some(sentence) if reported.as_ref() != Some(sentence) => tracing::warn!("{sentence}"),
                None if reported.is_some() => tracing::info!("All partitions have been read."),
                _ => {}
            }
            if sentence != reported {
                health.dependency(DEPENDENCY, sentence.clone());
            }
            reported = sentence;
            if reading.changed().await.is_err() {
                return;
            }
        }
    }

    /// What is wrong and what to do; nothing when everything has been read.
    fn sentence(&self, unread: &[Unread]) -> Option<String> {
        let mut names: Vec<String> = unread.iter().take(NAMED).map(|unread| self.named(*unread)).map(short).collect();
        if unread.len() > NAMED {
            names.push(format!("and {} more", unread.len() - NAMED));
        }
        (!names.is_empty()).then(|| {
            format!(
                "Kafka does not let these partitions be read: {}. What is keyed to them waits, and nothing else but start requests while it is \
                 unknown which were served. Bring back the brokers that lead them, or let other replicas lead them.",
                names.join(", ")
            )
        })
    }

    fn named(&self, Unread { topic, partition }: Unread) -> Gap {
        Gap { topic: self.kafka.topic(topic), partition }
    }
}

fn short(Gap { topic, partition }: Gap) -> String {
    match partition {
        Some(partition) => format!("{partition} of {topic}"),
        None => topic,
    }
}

#[cfg(test)]
#[path = "tests/gaps.rs"]
mod tests;
