//! What `delivery.state` holds: how far each delivery is.
//!
//! Reads the whole topic and follows it; a change of phase wakes the delivery's reconciliation. Progress alone wakes nobody:
//! a delivery under way looks by itself every few seconds.

use crate::metrics::Metrics;
use delivery_kafka::{Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::{State, StatePhase, Topic};
use rdkafka::{Message, Offset};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The newest state of each delivery, by its id.
#[derive(Debug, Default)]
pub struct States(Mutex<HashMap<String, State>>);

impl States {
    /// The newest state of a delivery.
    #[must_use]
    pub fn get(&self, delivery_id: &str) -> Option<State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(delivery_id).cloned()
    }

    /// Whether a delivery is at its end.
    #[must_use]
    pub fn has_ended(&self, delivery_id: &str) -> bool {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(delivery_id).is_some_and(|state| state.phase != StatePhase::Running)
    }

    /// Takes a record; true when the delivery has another phase than before.
    pub fn read(&self, delivery_id: &str, state: Option<State>) -> bool {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut state) = state else {
            return states.remove(delivery_id).is_some();
        };
        let before = states.get(delivery_id).map(|before| (before.version, before.phase));
        if before.is_some_and(|(version, _)| version >= state.version) {
            return false;
        }
        // The key has it already.
        state.delivery_id = String::new();
        let phase = state.phase;
        states.insert(delivery_id.to_owned(), state);
        before.is_none_or(|(_, old)| old != phase)
    }
}

/// Reads the topic for ever. `caught_up` is called when all that was there at first has been read, `changed` with the id of each
/// delivery whose phase is new.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn follow(
    config: &KafkaConfig,
    states: &States,
    metrics: &Metrics,
    caught_up: impl FnOnce(),
    changed: impl Fn(&str),
) -> Result<(), ReadError> {
    let reader = open(config, Topic::State, "operator-state").await?;
    let mut open: HashSet<i32> = reader.1.iter().copied().collect();
    let mut caught_up = Some(caught_up);
    loop {
        match reader.0.next().await? {
            Event::Record(record) => {
                let Some(key) = record.key().and_then(|key| std::str::from_utf8(key).ok()) else {
                    metrics.unreadable(Topic::State);
                    continue;
                };
                match record.payload().map(|value| delivery_messages::decode(Topic::State, Some(value))).transpose() {
                    Ok(state) => {
                        if states.read(key, state) && open.is_empty() {
                            changed(key);
                        }
                    }
                    Err(error) => {
                        metrics.unreadable(Topic::State);
                        tracing::warn!(key, %error, "A record of delivery.state is left out.");
                    }
                }
            }
            Event::End { partition } => {
                open.remove(&partition);
                if open.is_empty()
                    && let Some(caught_up) = caught_up.take()
                {
                    caught_up();
                }
            }
        }
    }
}

/// A reader of a whole topic from its beginning, and the topic's partitions. Waits until the topic is there.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn open(config: &KafkaConfig, topic: Topic, purpose: &str) -> Result<(Reader, Vec<i32>), ReadError> {
    let name = config.topic(topic);
    let count = delivery_kafka::reader::partitions(config, purpose, &name).await?;
    let partitions: Vec<i32> = (0..count).collect();
    let starts: Vec<_> = partitions
        .iter()
        .map(|partition| Start { topic: name.clone(), partition: *partition, offset: Offset::Beginning })
        .collect();
    Ok((Reader::open(config, purpose, &starts)?, partitions))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A state of a delivery that has sent that `seq`.
    pub(crate) fn example(seq: i64, phase: StatePhase) -> State {
        State {
            delivery_id: "a".to_owned(),
            version: State::version_of(seq, phase != StatePhase::Running),
            phase,
            start: 1_795_341_600_000,
            seq,
            at: 1_795_341_600_000 + seq * 500,
            position: Some([-47.92923, -15.82594]),
            speed: 17.2,
            heading: 90.0,
            progress: 0.379,
            eta: 1_795_341_709_000,
            partition: 0,
            offset: 41,
            reason: None,
        }
    }

    #[test]
    fn only_a_new_phase_wakes_anybody() {
        let states = States::default();
        assert!(states.read("a", Some(example(0, StatePhase::Running))));
        assert!(!states.read("a", Some(example(10, StatePhase::Running))));
        assert!(states.read("a", Some(example(218, StatePhase::Finished))));
        assert!(states.has_ended("a") && !states.has_ended("b"));
        assert!(states.read("a", None), "a tombstone");
        assert_eq!(states.get("a"), None);
    }

    #[test]
    fn an_older_version_is_ignored() {
        let states = States::default();
        states.read("a", Some(example(10, StatePhase::Running)));
        states.read("a", Some(example(3, StatePhase::Running)));
        assert_eq!(states.get("a").map(|state| state.seq), Some(10));
        states.read("a", Some(example(218, StatePhase::Finished)));
        assert!(!states.read("a", Some(example(218, StatePhase::Running))), "nothing follows the end");
        assert!(states.has_ended("a"));
    }
}
