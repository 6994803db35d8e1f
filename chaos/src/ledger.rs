//! What one client was shown, and what was wrong with it.
//!
//! Pure. A client of the mode `all` must see each `seq` once and in order, also over lost connections: when it goes on from a
//! cursor, what it got after that cursor is taken back here, since it comes again. A client of the mode `latest` may be
//! spared positions, but within a connection never goes back. Whether what it saw is all there was is asked at the end
//! ([`Ledger::lacks`]).

use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// `[lng, lat]` in 1e-7 degrees.
pub type Place = [i64; 2];

/// A place from degrees, longitude first.
#[must_use]
pub fn place([lng, lat]: [f64; 2]) -> Place {
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 1e7 fit into 33 bits")]
    let fixed = |degrees: f64| (degrees * 1e7).round() as i64;
    [fixed(lng), fixed(lat)]
}

/// How a client wants its positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Every one.
    All,
    /// The newest of each delivery.
    Latest,
}

/// Where a delivery is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Phase {
    /// It will run.
    Accepted,
    /// It moves.
    Running,
    /// It stands.
    Suspended,
    /// It has arrived.
    Finished,
    /// Its object is gone.
    Cancelled,
    /// It was given up.
    Failed,
}

/// A position as it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub seq: u64,
    /// Where.
    pub place: Place,
}

/// A delivery as a list of them shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Its id.
    pub id: Arc<str>,
    /// Its phase.
    pub phase: Phase,
    /// Its newest position.
    pub shown: Option<Shown>,
}

/// How a delivery ended in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Its last position.
    pub last: Shown,
    /// When that was due, milliseconds since the epoch.
    pub at: i64,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The delivery; empty when it concerns all.
    pub delivery: Arc<str>,
    /// What happened.
    pub problem: String,
}

/// More are counted and not kept.
const MAX_FAULTS: usize = 20;

#[derive(Clone, Debug, Default)]
struct Track {
    next: u64,
    missing: BTreeSet<u64>,
    last: Option<Shown>,
    phase: Option<Phase>,
}

/// The record of one client.
#[derive(Debug)]
pub struct Ledger {
    mode: Mode,
    tracks: HashMap<Arc<str>, Track>,
    /// The tracks that changed since the last cursor, as they were then.
    before: HashMap<Arc<str>, Option<Track>>,
    /// When the first snapshot came, milliseconds since the epoch.
    since: Option<i64>,
    faults: Vec<Fault>,
    more_faults: u64,
    positions: u64,
}

impl Ledger {
    /// Nothing has been shown yet.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        let (tracks, before, faults) = (HashMap::new(), HashMap::new(), Vec::new());
        Self { mode, tracks, before, since: None, faults, more_faults: 0, positions: 0 }
    }

    /// A list of all that there is, at a new beginning. `unasked`: the client had a cursor and wanted to go on instead.
    pub fn snapshot(&mut self, sights: &[Sight], unasked: Option<&str>, now: i64) {
        if let Some(reason) = unasked
            && self.mode == Mode::All
        {
            self.fault("", format!("a new snapshot ({reason}) came where the stream should go on from a cursor"));
        }
        self.since.get_or_insert(now);
        self.before.clear();
        for sight in sights {
            let track = self.tracks.entry(Arc::clone(&sight.id)).or_default();
            track.phase = Some(sight.phase);
            if let Some(shown) = sight.shown {
                track.next = shown.seq + 1;
                track.last = Some(shown);
            }
        }
    }

    /// The stream goes on from the last cursor: what came after it comes again.
    pub fn resumed(&mut self, sights: &[Sight]) {
        for (id, track) in std::mem::take(&mut self.before) {
            match track {
                Some(track) => drop(self.tracks.insert(id, track)),
                None => drop(self.tracks.remove(&id)),
            }
        }
        for sight in sights {
            self.delivery(sight);
        }
        // The list is not part of the stream: it stands whatever comes again.
        self.before.clear();
    }

    /// One that is new, or whose phase changed.
    pub fn delivery(&mut self, sight: &Sight) {
        let mode = self.mode;
        let track = self.change(&sight.id);
        track.phase = Some(sight.phase);
        if mode == Mode::Latest && sight.shown.map(|shown| shown.seq) > track.last.map(|last| last.seq) {
            track.last = sight.shown;
        }
    }

    /// A delivery came to its end.
    pub fn ended(&mut self, id: &Arc<str>, phase: Phase) {
        self.change(id).phase = Some(phase);
    }

    /// A position.
    pub fn position(&mut self, id: &Arc<str>, shown: Shown) {
        self.positions += 1;
        match self.mode {
            Mode::All => self.in_order(id, shown),
            Mode::Latest => self.newest(id, shown),
        }
    }

    fn in_order(&mut self, id: &Arc<str>, shown: Shown) {
        let Shown { seq, .. } = shown;
        let track = self.change(id);
        let problem = if seq == track.next {
            track.next += 1;
            None
        } else if seq > track.next {
            let expected = track.next;
            track.missing.extend(expected..seq);
            track.next = seq + 1;
            Some(format!("seq {seq} came where {expected} was due"))
        } else if track.missing.remove(&seq) {
            Some(format!("seq {seq} came after a later one"))
        } else {
            Some(format!("seq {seq} came twice"))
        };
        if track.last.is_none_or(|last| last.seq < seq) {
            track.last = Some(shown);
        }
        if let Some(problem) = problem {
            self.fault(id, problem);
        }
    }

    fn newest(&mut self, id: &Arc<str>, shown: Shown) {
        let track = self.change(id);
        match track.last.map(|last| last.seq) {
            Some(last) if last > shown.seq => {
                let problem = format!("seq {} came after {last}", shown.seq);
                self.fault(id, problem);
            }
            // One that it knows already does no harm.
            _ => track.last = Some(shown),
        }
    }

    /// A cursor came: all up to here would not come again.
    pub fn cursor(&mut self) {
        self.before.clear();
    }

    /// Something is wrong that no position shows.
    pub fn fault(&mut self, delivery: &str, problem: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { delivery: delivery.into(), problem });
        } else {
            self.more_faults += 1;
        }
    }

    fn change(&mut self, id: &Arc<str>) -> &mut Track {
        if !self.before.contains_key(id) {
            self.before.insert(Arc::clone(id), self.tracks.get(id).cloned());
        }
        self.tracks.entry(Arc::clone(id)).or_default()
    }

    /// What the client does not know of a delivery that ended so, though it should.
    #[must_use]
    pub fn lacks(&self, id: &str, truth: &Truth) -> Option<String> {
        let Some(since) = self.since else { return Some("the client never got a snapshot".to_owned()) };
        let Some(track) = self.tracks.get(id) else {
            return (truth.at >= since).then(|| "it was never shown".to_owned());
        };
        let Truth { last, .. } = truth;
        if self.mode == Mode::All && track.next != last.seq + 1 {
            return Some(format!("the next seq would be {}, and the last was {}", track.next, last.seq));
        }
        if let Some(first) = track.missing.first() {
            return Some(format!("{} positions never came, the first is seq {first}", track.missing.len()));
        }
        match track.last {
            Some(shown) if shown == *last => {}
            shown => return Some(format!("it was last shown at {shown:?}, and ended at {last:?}")),
        }
        (track.phase != Some(Phase::Finished)).then(|| format!("its phase is {:?}, and it is Finished", track.phase))
    }

    /// The first faults, and how many more there were.
    #[must_use]
    pub fn faults(&self) -> (&[Fault], u64) {
        (&self.faults, self.more_faults)
    }

    /// How many positions came.
    #[must_use]
    pub const fn positions(&self) -> u64 {
        self.positions
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
