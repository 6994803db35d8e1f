//! Holds what an index has of one delivery against what the log has.
//!
//! Pure: a merge of two lists in the order of their seq. When something is missing, the place of the first that is is remembered, so
//! that the rest can be asked for again later ([`Comparison::rewind`]). Which delivery, and asking for it, is left to [`super::index`].

use super::prints::{Prints, print};
use super::report::{SinkFault, SinkReport, SinkVerdict};
use delivery_messages::{Millis, NewPosition};

/// The most faults that are shown of a delivery.
const MAX_FAULTS: usize = 5;

/// What the log has of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSide {
    /// Its positions.
    pub prints: Prints,
    /// Below this seq the log may have lost some to retention.
    pub cut: u64,
    /// Whether nothing can follow what the log has.
    pub over: bool,
    /// Whether the delivery is to be forgotten: then no index may hold anything of it.
    pub erased: bool,
}

/// A comparison under way.
#[derive(Debug)]
pub struct Comparison {
    log: LogSide,
    /// Before this moment the index keeps nothing.
    kept_since: Millis,
    now: Counts,
    /// How it stood at the first position that is missing.
    first_missing: Option<(u64, Counts)>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Below this seq all has been compared.
    reached: u64,
    last: Option<u64>,
    indexed: u64,
    missing: u64,
    expired: u64,
    doubled: u64,
    different: u64,
    extra: u64,
    /// Whether something came after something that is missing.
    hole: bool,
    faults: Vec<SinkFault>,
}

impl Comparison {
    /// Begins with an index that keeps nothing from before a moment; none: that holds nothing at all.
    #[must_use]
    pub fn new(log: LogSide, kept_since: Option<Millis>) -> Self {
        Self { log, kept_since: kept_since.unwrap_or(Millis::MIN), now: Counts::default(), first_missing: None }
    }

    /// Takes the next position of the index, which come by their seq.
    pub fn take(&mut self, found: &NewPosition) {
        let seq = found.seq;
        if self.now.last == Some(seq) {
            self.now.indexed += 1;
            self.now.doubled += 1;
            self.fault("doubled", seq, shown(found));
            return;
        }
        self.skip(seq);
        self.now.indexed += 1;
        self.now.last = Some(seq);
        self.now.reached = seq.saturating_add(1);
        self.now.hole |= self.now.missing > 0;
        match self.log.prints.get(seq) {
            _ if self.log.erased => self.extra(found),
            Some(expected) if expected == print(found) => {}
            Some(_) => {
                self.now.different += 1;
                self.fault("different", seq, shown(found));
            }
            // Retention has taken it from the log.
            None if seq < self.log.cut => {}
            // It came after the log's end was noted.
            None if seq >= self.log.prints.top() && !self.log.over => {}
            None => self.extra(found),
        }
    }

    fn extra(&mut self, found: &NewPosition) {
        self.now.extra += 1;
        self.fault("extra", found.seq, shown(found));
    }

    /// Takes what the log has below a seq, and the index has not.
    fn skip(&mut self, below: u64) {
        if self.log.erased {
            return;
        }
        let before = self.now.clone();
        for (seq, begins) in self.log.prints.between(before.reached, below) {
            if begins < self.kept_since {
                self.now.expired += 1;
                continue;
            }
            if self.first_missing.is_none() {
                self.first_missing = Some((seq, Counts { reached: seq, expired: self.now.expired, ..before.clone() }));
            }
            self.now.missing += 1;
            if self.now.faults.len() < MAX_FAULTS {
                self.now.faults.push(SinkFault { problem: "missing".to_owned(), seq, found: String::new() });
            }
        }
    }

    fn fault(&mut self, problem: &str, seq: u64, found: String) {
        if self.now.faults.len() < MAX_FAULTS {
            self.now.faults.push(SinkFault { problem: problem.to_owned(), seq, found });
        }
    }

    /// Takes note that the index has no more. True when another look may find what is missing by then, or gone what is too much.
    pub fn end(&mut self) -> bool {
        self.skip(u64::MAX);
        self.now.missing > 0 || (self.log.erased && self.now.extra > 0)
    }

    /// How many positions are missing, or ought to be gone.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.now.missing + if self.log.erased { self.now.extra } else { 0 }
    }

    /// Goes back to the first position that is missing. The answer is the seq after which the index is to be asked again; none:
    /// from the first one.
    pub fn rewind(&mut self) -> Option<u64> {
        let (seq, counts) = self.first_missing.take().unwrap_or_default();
        self.now = counts;
        seq.checked_sub(1)
    }

    /// What was found.
    #[must_use]
    pub fn report(self) -> SinkReport {
        let Counts { indexed, missing, expired, doubled, different, extra, hole, faults, .. } = self.now;
        let verdict = if doubled + different + extra > 0 || (missing > 0 && hole) {
            SinkVerdict::Broken
        } else if missing > 0 {
            SinkVerdict::Behind
        } else if self.log.erased {
            SinkVerdict::Erased
        } else if expired > 0 {
            SinkVerdict::Expired
        } else {
            SinkVerdict::Same
        };
        SinkReport { indexed, missing, expired, doubled, different, extra, verdict, faults }
    }
}

/// A position of the index, for the eye.
fn shown(position: &NewPosition) -> String {
    let [lng, lat] = position.position;
    format!("at {}, [{lng}, {lat}]", position.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Millis = 1_795_340_000_000;

    fn position(seq: u64) -> NewPosition {
        NewPosition {
            route_id: "1".into(),
            client_id: String::new(),
            position: [-47.9, -15.8],
            finished: false,
            delivery_id: "d".into(),
            seq,
            at: START + i64::try_from(seq).unwrap_or_default() * 500,
            speed: 8.5,
            heading: 90.0,
            progress: 0.5,
        }
    }

    fn log(seqs: impl IntoIterator<Item = u64>) -> LogSide {
        let mut prints = Prints::default();
        seqs.into_iter().for_each(|seq| prints.add(&position(seq)));
        LogSide { prints, cut: 0, over: true, erased: false }
    }

    fn compare(log: LogSide, kept_since: Option<Millis>, index: impl IntoIterator<Item = u64>) -> SinkReport {
        let mut comparison = Comparison::new(log, kept_since);
        index.into_iter().for_each(|seq| comparison.take(&position(seq)));
        comparison.end();
        comparison.report()
    }

    #[test]
    fn an_index_that_has_each_position_once_is_the_same() {
        let report = compare(log(0..500), None, 0..500);
        assert_eq!((report.verdict, report.indexed), (SinkVerdict::Same, 500));
        assert_eq!(compare(log([]), None, []).verdict, SinkVerdict::Same);
    }

    #[test]
    fn each_kind_of_fault_is_told_with_its_seq() {
        let missing = compare(log(0..500), None, (0..500).filter(|seq| ![7, 70].contains(seq)));
        assert_eq!((missing.verdict, missing.missing), (SinkVerdict::Broken, 2));
        assert_eq!(missing.faults.iter().map(|fault| fault.seq).collect::<Vec<_>>(), [7, 70]);
        let doubled = compare(log(0..3), None, [0, 1, 1, 1, 2]);
        assert_eq!((doubled.verdict, doubled.doubled, doubled.missing), (SinkVerdict::Broken, 2, 0));
        let extra = compare(log(0..3), None, 0..5);
        assert_eq!((extra.verdict, extra.extra), (SinkVerdict::Broken, 2), "it was over");
        let gap = compare(log([0, 2]), None, 0..3);
        assert_eq!((gap.verdict, gap.extra), (SinkVerdict::Broken, 1), "what the log has not came from elsewhere");
        let mut comparison = Comparison::new(log(0..2), None);
        comparison.take(&position(0));
        comparison.take(&NewPosition { position: [-47.9, -15.800_000_1], ..position(1) });
        assert!(!comparison.end());
        let report = comparison.report();
        assert_eq!((report.verdict, report.different), (SinkVerdict::Broken, 1));
        assert_eq!(report.faults[0].found, "at 1795340000500, [-47.9, -15.8000001]");
    }

    #[test]
    fn what_one_side_no_longer_keeps_is_no_fault() {
        let younger = LogSide { cut: 100, ..log(100..200) };
        assert_eq!(compare(younger, None, 0..200).verdict, SinkVerdict::Same);
        // The index keeps what was due from seq 128 on.
        let expired = compare(log(0..300), Some(START + 128 * 500), 128..300);
        assert_eq!((expired.verdict, expired.expired, expired.missing), (SinkVerdict::Expired, 128, 0));
        let lost = compare(log(0..300), Some(START + 128 * 500), 200..300);
        assert_eq!((lost.verdict, lost.expired, lost.missing), (SinkVerdict::Broken, 128, 72));
    }

    #[test]
    fn what_came_since_is_no_fault_and_what_is_not_written_yet_is_behind() {
        let running = || LogSide { over: false, ..log(0..10) };
        assert_eq!(compare(running(), None, 0..14).verdict, SinkVerdict::Same);
        let behind = compare(running(), None, 0..8);
        assert_eq!((behind.verdict, behind.missing), (SinkVerdict::Behind, 2));
        assert_eq!(compare(running(), None, []).verdict, SinkVerdict::Behind);
    }

    #[test]
    fn of_an_erased_delivery_nothing_may_be_left() {
        let erased = || LogSide { erased: true, ..log(0..10) };
        assert_eq!(compare(erased(), None, []).verdict, SinkVerdict::Erased);
        let mut comparison = Comparison::new(erased(), None);
        comparison.take(&position(4));
        assert!(comparison.end(), "it may be gone soon");
        assert_eq!(comparison.rewind(), None);
        assert!(!comparison.end());
        assert_eq!(comparison.report().verdict, SinkVerdict::Erased);
        assert_eq!(compare(erased(), None, [4]).verdict, SinkVerdict::Broken);
    }

    proptest! {
        /// However an index fills up between two looks, it is the same in the end, and nothing is counted twice.
        #[test]
        fn a_second_look_begins_where_the_first_one_missed(
            there in proptest::collection::vec(any::<bool>(), 1..300),
            expired in 0..3_i64,
        ) {
            let all = 0..u64::try_from(there.len()).unwrap_or_default();
            let kept_since = Some(START + expired * 64 * 500);
            let kept = |seq: &u64| *seq >= expired.unsigned_abs() * 64;
            let mut comparison = Comparison::new(log(all.clone()), kept_since);
            for seq in all.clone().filter(kept).filter(|seq| there[usize::try_from(*seq).unwrap_or_default()]) {
                comparison.take(&position(seq));
            }
            let again = comparison.end();
            let missing = all.clone().filter(kept).filter(|seq| !there[usize::try_from(*seq).unwrap_or_default()]);
            prop_assert_eq!(comparison.open(), missing.count() as u64);
            if again {
                let after = comparison.rewind();
                let rest = all.clone().filter(kept).filter(|seq| after.is_none_or(|after| *seq > after));
                rest.for_each(|seq| comparison.take(&position(seq)));
                prop_assert!(!comparison.end());
            }
            let report = comparison.report();
            let expected = if expired > 0 { SinkVerdict::Expired } else { SinkVerdict::Same };
            prop_assert_eq!(report.verdict, expected);
            prop_assert_eq!(report.indexed + report.expired, there.len() as u64);
            prop_assert!(report.faults.is_empty());
        }
    }
}
