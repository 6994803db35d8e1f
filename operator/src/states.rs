//! What `delivery.state` holds: how far each delivery is. Pure.

use crate::retention::Retention;
use delivery_messages::{Millis, State, StatePhase};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The newest state of each delivery, by its id, and when the broker took its last record.
#[derive(Debug, Default)]
pub struct States(Mutex<HashMap<String, (State, Millis)>>);

impl States {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (State, Millis)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest state of a delivery.
    #[must_use]
    pub fn get(&self, delivery_id: &str) -> Option<State> {
        self.lock().get(delivery_id).map(|(state, _)| state.clone())
    }

    /// When a delivery came to its end, if it has.
    #[must_use]
    pub fn ended(&self, delivery_id: &str) -> Option<Millis> {
        let states = self.lock();
        let (state, at) = states.get(delivery_id)?;
        (state.phase != StatePhase::Running).then_some(*at)
    }

    /// Takes a record that the broker took at that time; true when the delivery has another phase than before.
    pub fn read(&self, delivery_id: &str, state: Option<State>, at: Millis) -> bool {
        let mut states = self.lock();
        let Some(mut state) = state else {
            return states.remove(delivery_id).is_some();
        };
        let before = states.get(delivery_id).map(|(before, _)| (before.version, before.phase));
        if before.is_some_and(|(version, _)| version >= state.version) {
            return false;
        }
        // The key has it already.
        state.delivery_id = String::new();
        let phase = state.phase;
        states.insert(delivery_id.to_owned(), (state, at));
        before.is_none_or(|(_, old)| old != phase)
    }

    /// The deliveries whose state nobody needs: without a plan, and silent for so long. At most `most`.
    ///
    /// A state comes after its plan, so one without a plan is of a delivery whose plan was removed, whoever's it was.
    #[must_use]
    pub fn expired(
        &self,
        planned: impl Fn(&str) -> bool,
        kept: Option<Millis>,
        now: Millis,
        most: usize,
    ) -> Vec<String> {
        let states = self.lock();
        let expired = states.iter().filter(|(id, (_, at))| Retention::is_over(kept, Some(*at), now) && !planned(id));
        expired.take(most).map(|(id, _)| id.clone()).collect()
    }

    /// Those of the wanted deliveries whose last state is of that time or older. At most `most`.
    #[must_use]
    pub fn silent(&self, wanted: impl Fn(&str) -> bool, since: Millis, most: usize) -> Vec<String> {
        let states = self.lock();
        let silent = states.iter().filter(|(id, (_, at))| *at <= since && wanted(id));
        silent.take(most).map(|(id, _)| id.clone()).collect()
    }
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
            late_milliseconds: None,
            partition: 0,
            offset: 41,
            reason: None,
        }
    }

    #[test]
    fn only_a_new_phase_wakes_anybody() {
        let states = States::default();
        assert!(states.read("a", Some(example(0, StatePhase::Running)), 7));
        assert!(!states.read("a", Some(example(10, StatePhase::Running)), 7));
        assert!(states.read("a", Some(example(218, StatePhase::Finished)), 7));
        assert_eq!((states.ended("a"), states.ended("b")), (Some(7), None));
        assert!(states.read("a", None, 7), "a tombstone");
        assert_eq!(states.get("a"), None);
    }

    #[test]
    fn an_older_version_is_ignored() {
        let states = States::default();
        states.read("a", Some(example(10, StatePhase::Running)), 7);
        states.read("a", Some(example(3, StatePhase::Running)), 7);
        assert_eq!(states.get("a").map(|state| state.seq), Some(10));
        states.read("a", Some(example(218, StatePhase::Finished)), 7);
        assert!(!states.read("a", Some(example(218, StatePhase::Running)), 7), "nothing follows the end");
        assert_eq!(states.ended("a"), Some(7));
    }

    #[test]
    fn a_state_is_needed_as_long_as_there_is_a_plan_or_somebody_writes_it() {
        let states = States::default();
        for (id, at) in [("planned", 0), ("silent", 0), ("young", 60)] {
            states.read(id, Some(example(3, StatePhase::Running)), at);
        }
        let expired = |kept, now| states.expired(|id| id == "planned", kept, now, 9);
        assert_eq!(expired(Some(100), 99), [""; 0]);
        assert_eq!(expired(Some(100), 100), ["silent"]);
        assert_eq!(expired(None, Millis::MAX), [""; 0]);
        assert_eq!(states.silent(|id| id != "planned", 59, 9), ["silent"]);
        assert_eq!(states.silent(|id| id != "planned", 60, 9).len(), 2);
    }
}
