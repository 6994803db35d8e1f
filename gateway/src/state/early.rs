//! What states say of deliveries whose plan has not been read yet, while the topics are read from their beginnings.
//!
//! Pure. States are read first, so that the plan of a delivery that ended long ago is recognised at once; until then a state
//! costs what it says and the hash of its id.

use std::collections::HashMap;

use delivery_messages::{Millis, StatePhase};

use crate::state::ended::IdHash;
use crate::state::entry::Report;

/// A report, and when the broker wrote it.
pub(super) type Dated = (Report, Millis);

#[derive(Debug, Default)]
pub(super) struct EarlyReports {
    reports: HashMap<IdHash, Box<Dated>>,
    /// About how many of them are final.
    finals: usize,
}

impl EarlyReports {
    /// Adds a report, unless a newer one is known. Whether it did.
    pub(super) fn insert(&mut self, id: IdHash, mut report: Report, time: Millis) -> bool {
        if self.reports.get(&id).is_some_and(|known| known.0.state.version >= report.state.version) {
            return false;
        }
        let is_final = is_final(&report);
        if !is_final {
            // Most are of deliveries that were cancelled long ago; those under way tell it again within seconds.
            report.pod = None;
        }
        self.finals += usize::from(is_final);
        self.reports.insert(id, Box::new((report, time)));
        true
    }

    pub(super) fn take(&mut self, id: IdHash) -> Option<Dated> {
        // Most of the time there are none.
        if self.reports.is_empty() { None } else { self.reports.remove(&id).map(|found| *found) }
    }

    /// When there are more than twice as many final ones as are to be kept: takes all but the newest.
    pub(super) fn surplus(&mut self, keep: usize) -> Vec<IdHash> {
        if self.finals <= 2 * keep {
            return Vec::new();
        }
        let finals = self.reports.iter().filter(|(_, known)| is_final(&known.0));
        let finals = finals.map(|(id, known)| (known.1, *id)).collect();
        let surplus: Vec<_> = oldest(finals, keep).map(|(_, id)| id).collect();
        for id in &surplus {
            self.reports.remove(id);
        }
        self.finals = keep;
        surplus
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.reports.len()
    }
}

fn is_final(report: &Report) -> bool {
    report.state.phase != StatePhase::Running
}

/// All but the newest `keep`.
pub(super) fn oldest<T: Ord>(mut all: Vec<(Millis, T)>, keep: usize) -> impl Iterator<Item = (Millis, T)> {
    let surplus = all.len().saturating_sub(keep);
    if surplus > 0 && surplus < all.len() {
        all.select_nth_unstable(surplus);
    }
    all.into_iter().take(surplus)
}
