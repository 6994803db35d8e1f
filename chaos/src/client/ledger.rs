//! What one client received, and what was wrong with it.
//!
//! Pure. A client in the mode `all` must receive each `seq` once and in order, also across lost connections: when it resumes from a
//! cursor, the ledger forgets what came after that cursor, since it is sent again. A client in the mode `latest` may skip positions,
//! but never goes back within a connection. Whether it received everything is checked at the end ([`Ledger::lacks`]).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// `[lng, lat]` in 1e-7 degrees.
pub(crate) type Coordinates = [i64; 2];

/// Coordinates from degrees, longitude first.
#[must_use]
pub(crate) fn coordinates([lng, lat]: [f64; 2]) -> Coordinates {
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 1e7 fit into 33 bits")]
    let fixed = |degrees: f64| (degrees * 1e7).round() as i64;
    [fixed(lng), fixed(lat)]
}

/// Which positions a client receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// All of them.
    All,
    /// The newest of each delivery.
    Latest,
}

/// Where a delivery is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Phase {
    Accepted,
    Running,
    Suspended,
    Finished,
    /// Its object is gone.
    Cancelled,
    /// It was given up.
    Failed,
}

/// A position that a client received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    pub(crate) seq: u64,
    pub(crate) coordinates: Coordinates,
}

/// A delivery in a snapshot or an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) id: Arc<str>,
    pub(crate) phase: Phase,
    /// Its newest position.
    pub(crate) fix: Option<Fix>,
}

/// How a delivery ended, recomputed from its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedEnd {
    /// Its last position.
    pub(crate) last: Fix,
    /// When that was due, milliseconds since the epoch.
    pub(crate) at: i64,
}

/// Something that must not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The delivery; empty if it concerns the connection.
    pub(crate) delivery: Arc<str>,
    pub(crate) problem: String,
}

/// Further ones are only counted.
const MAX_VIOLATIONS: usize = 20;

#[derive(Clone, Debug, Default)]
struct Track {
    next: u64,
    missing: BTreeSet<u64>,
    last: Option<Fix>,
    phase: Option<Phase>,
}

/// Everything that one client received.
#[derive(Debug)]
pub(crate) struct Ledger {
    mode: Mode,
    tracks: HashMap<Arc<str>, Track>,
    /// The tracks that have changed since the last cursor, as they were then.
    before: HashMap<Arc<str>, Option<Track>>,
    /// When the first snapshot came, milliseconds since the epoch.
    since: Option<i64>,
    violations: Vec<Violation>,
    more_violations: u64,
    positions: u64,
}

impl Ledger {
    /// Nothing has been shown yet.
    #[must_use]
    pub(crate) fn new(mode: Mode) -> Self {
        let (tracks, before, violations) = (HashMap::new(), HashMap::new(), Vec::new());
        Self { mode, tracks, before, since: None, violations, more_violations: 0, positions: 0 }
    }

    /// A snapshot of all deliveries. `unasked`: why it came although the client wanted to resume from a cursor.
    pub(crate) fn snapshot(&mut self, summaries: &[Summary], unasked: Option<&str>, now: i64) {
        if let Some(reason) = unasked
            && self.mode == Mode::All
        {
            self.violation("", format!("a new snapshot ({reason}) came instead of the stream after the cursor"));
        }
        self.since.get_or_insert(now);
        self.before.clear();
        for summary in summaries {
            let track = self.tracks.entry(Arc::clone(&summary.id)).or_default();
            track.phase = Some(summary.phase);
            if let Some(fix) = summary.fix {
                track.next = fix.seq + 1;
                track.last = Some(fix);
            }
        }
    }

    /// The stream resumes from the last cursor: what came after it is sent again.
    pub(crate) fn resumed(&mut self, summaries: &[Summary]) {
        for (id, track) in std::mem::take(&mut self.before) {
            match track {
                Some(track) => drop(self.tracks.insert(id, track)),
                None => drop(self.tracks.remove(&id)),
            }
        }
        for summary in summaries {
            self.delivery(summary);
        }
        // The list is not part of the stream, so it is not undone.
        self.before.clear();
    }

    /// A delivery is new, or its phase changed.
    pub(crate) fn delivery(&mut self, summary: &Summary) {
        let mode = self.mode;
        let track = self.change(&summary.id);
        track.phase = Some(summary.phase);
        if mode == Mode::Latest && summary.fix.map(|fix| fix.seq) > track.last.map(|last| last.seq) {
            track.last = summary.fix;
        }
    }

    /// A delivery ended.
    pub(crate) fn ended(&mut self, id: &Arc<str>, phase: Phase) {
        self.change(id).phase = Some(phase);
    }

    pub(crate) fn position(&mut self, id: &Arc<str>, fix: Fix) {
        self.positions += 1;
        match self.mode {
            Mode::All => self.in_order(id, fix),
            Mode::Latest => self.newest(id, fix),
        }
    }

    fn in_order(&mut self, id: &Arc<str>, fix: Fix) {
        let Fix { seq, .. } = fix;
        let track = self.change(id);
        let problem = if seq == track.next {
            track.next += 1;
            None
        } else if seq > track.next {
            let expected = track.next;
            track.missing.extend(expected..seq);
            track.next = seq + 1;
            Some(format!("seq {seq} came instead of {expected}"))
        } else if track.missing.remove(&seq) {
            Some(format!("seq {seq} came after a later one"))
        } else {
            Some(format!("seq {seq} came twice"))
        };
        if track.last.is_none_or(|last| last.seq < seq) {
            track.last = Some(fix);
        }
        if let Some(problem) = problem {
            self.violation(id, problem);
        }
    }

    fn newest(&mut self, id: &Arc<str>, fix: Fix) {
        let track = self.change(id);
        match track.last.map(|last| last.seq) {
            Some(last) if last > fix.seq => {
                let problem = format!("seq {} came after {last}", fix.seq);
                self.violation(id, problem);
            }
            // A repeat is harmless.
            _ => track.last = Some(fix),
        }
    }

    /// A cursor arrived: nothing up to here is sent again.
    pub(crate) fn cursor(&mut self) {
        self.before.clear();
    }

    /// Records something that must not happen.
    pub(crate) fn violation(&mut self, delivery: &str, problem: String) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { delivery: delivery.into(), problem });
        } else {
            self.more_violations += 1;
        }
    }

    fn change(&mut self, id: &Arc<str>) -> &mut Track {
        if !self.before.contains_key(id) {
            self.before.insert(Arc::clone(id), self.tracks.get(id).cloned());
        }
        self.tracks.entry(Arc::clone(id)).or_default()
    }

    /// What the client should know of a delivery that ended like this, but does not.
    #[must_use]
    pub(crate) fn lacks(&self, id: &str, truth: &ExpectedEnd) -> Option<String> {
        let Some(since) = self.since else { return Some("the client never got a snapshot".to_owned()) };
        let Some(track) = self.tracks.get(id) else {
            return (truth.at >= since).then(|| "it was never received".to_owned());
        };
        let ExpectedEnd { last, .. } = truth;
        if self.mode == Mode::All && track.next != last.seq + 1 {
            return Some(format!("the next expected seq is {}, but the last was {}", track.next, last.seq));
        }
        if let Some(first) = track.missing.first() {
            return Some(format!("{} positions are missing, first seq {first}", track.missing.len()));
        }
        match track.last {
            Some(fix) if fix == *last => {}
            fix => return Some(format!("its last position is {fix:?} instead of {last:?}")),
        }
        (track.phase != Some(Phase::Finished)).then(|| format!("its phase is {:?} instead of Finished", track.phase))
    }

    /// The first violations, and how many more there were.
    #[must_use]
    pub(crate) fn violations(&self) -> (&[Violation], u64) {
        (&self.violations, self.more_violations)
    }

    #[must_use]
    pub(crate) const fn positions(&self) -> u64 {
        self.positions
    }
}

#[cfg(test)]
#[path = "tests/ledger.rs"]
mod tests;
