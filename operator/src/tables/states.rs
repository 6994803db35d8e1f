//! What `delivery.state` holds: how far each delivery is.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use delivery_messages::{Millis, State, StatePhase};
use delivery_observability::locks::lock;

use crate::tables::retention::Retention;

/// The newest state of each delivery, by its id, and when the broker took its last record.
#[derive(Debug, Default)]
pub(crate) struct States(Mutex<HashMap<String, (State, Millis)>>);

impl States {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (State, Millis)>> {
        lock(&self.0)
    }

    /// The newest state of a delivery.
    #[must_use]
    pub(crate) fn get(&self, delivery_id: &str) -> Option<State> {
        self.lock().get(delivery_id).map(|(state, _)| state.clone())
    }

    /// When a delivery ended, if it has.
    #[must_use]
    pub(crate) fn ended(&self, delivery_id: &str) -> Option<Millis> {
        let states = self.lock();
        let (state, at) = states.get(delivery_id)?;
        (state.phase != StatePhase::Running).then_some(*at)
    }

    /// When the broker took the last record of a delivery.
    #[must_use]
    pub(crate) fn last(&self, delivery_id: &str) -> Option<Millis> {
        self.lock().get(delivery_id).map(|(_, at)| *at)
    }

    /// When the broker took the newest record of all.
    #[must_use]
    pub(crate) fn newest(&self) -> Option<Millis> {
        self.lock().values().map(|(_, at)| *at).max()
    }

    /// Applies a record with that broker time; true when the delivery's phase has changed.
    pub(crate) fn apply(&self, delivery_id: &str, state: Option<State>, at: Millis) -> bool {
        let mut states = self.lock();
        let Some(mut state) = state else {
            return states.remove(delivery_id).is_some();
        };
        let before = states.get(delivery_id).map(|(before, _)| (before.version, before.phase));
        if before.is_some_and(|(version, _)| version >= state.version) {
            return false;
        }
        // The key of the map has it already.
        state.delivery_id = String::new();
        let phase = state.phase;
        states.insert(delivery_id.to_owned(), (state, at));
        before.is_none_or(|(_, old)| old != phase)
    }

    /// At most `limit` deliveries whose state is no longer needed: without a plan, and unchanged for `kept`.
    ///
    /// A state is written after its plan, so one without a plan belongs to a delivery whose plan was removed.
    #[must_use]
    pub(crate) fn expired(
        &self,
        planned: impl Fn(&str) -> bool,
        kept: Option<Millis>,
        now: Millis,
        limit: usize,
    ) -> Vec<String> {
        let states = self.lock();
        let expired = states.iter().filter(|(id, (_, at))| Retention::is_over(kept, Some(*at), now) && !planned(id));
        expired.take(limit).map(|(id, _)| id.clone()).collect()
    }

    /// The wanted deliveries that have a state, each with its version.
    #[must_use]
    pub(crate) fn versions(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, u64)> {
        let states = self.lock();
        states.iter().filter(|(id, _)| wanted(id)).map(|(id, (state, _))| (id.clone(), state.version)).collect()
    }
}

#[cfg(test)]
#[path = "tests/states.rs"]
pub(crate) mod tests;
