//! The Lease: which of several processes may decide. Pure: what to do next, from what was seen and when.
//!
//! A process leads from the moment that it *sent* a write of the Lease that was taken, for [`DEADLINE`] and no longer. Any other
//! takes the Lease over no sooner than [`DURATION`] after it *saw* it change last. Both are measured on one's own clock, so
//! that no clock has to agree with another; what is written as times in the Lease is for people. Every write holds only if the
//! Lease is still as it was seen, so a write that arrives late changes nothing. Asking and writing is left to [`crate::election`].

use std::time::Duration;

/// How long a Lease that does not change is another's.
pub const DURATION: Duration = Duration::from_secs(10);
/// How long a leader leads without a renewal.
pub const DEADLINE: Duration = Duration::from_secs(6);
/// How often the leader renews it, and how often the others look.
pub const RETRY: Duration = Duration::from_secs(2);
/// How long to wait after a request that failed.
const PAUSE: Duration = Duration::from_millis(500);

/// A time on this process's own clock: since any beginning, never going back.
pub type Clock = Duration;

/// What counts of a Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who holds it; nobody after a release.
    pub holder: Option<String>,
    /// Its resource version.
    pub version: String,
    /// How long its holder wants it to be respected.
    pub duration: Duration,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Ask how the Lease is now.
    Look,
    /// Write our name into the Lease, if it is still as it was seen: to get it, or to keep it.
    Write,
    /// Nothing for so long.
    Wait(Duration),
    /// We may not lead any more.
    Lost,
}

/// One process's part in the election.
#[derive(Clone, Debug)]
pub struct Candidate {
    me: String,
    seen: Option<Seen>,
    /// Since when we lead: when the last write that was taken was sent.
    since: Option<Clock>,
    /// What was seen may not be so any more, by our own doing.
    unsure: bool,
    /// When to go on.
    due: Clock,
}

#[derive(Clone, Debug)]
struct Seen {
    /// The Lease; none if there is none.
    record: Option<Record>,
    /// When it was first seen in this version.
    first: Clock,
}

impl Candidate {
    /// A candidate of this name, which no other process has, not even one after a restart.
    #[must_use]
    pub const fn new(me: String) -> Self {
        Self { me, seen: None, since: None, unsure: true, due: Duration::ZERO }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.me
    }

    /// The Lease as it was last seen.
    #[must_use]
    pub fn lease(&self) -> Option<&Record> {
        self.seen.as_ref()?.record.as_ref()
    }

    /// Until when we lead, unless there is a renewal; `None` for one that does not lead.
    #[must_use]
    pub fn leads_until(&self) -> Option<Clock> {
        self.since.map(|since| since + DEADLINE)
    }

    /// An answer has come: how the Lease is.
    pub fn saw(&mut self, record: Option<Record>, now: Clock) {
        let version = |record: &Option<Record>| record.as_ref().map(|record| record.version.clone());
        let first = match &self.seen {
            Some(seen) if version(&seen.record) == version(&record) => seen.first,
            _ => now,
        };
        self.seen = Some(Seen { record, first });
        self.unsure = false;
        self.due = if self.since.is_some() { now } else { now + RETRY };
    }

    /// A write that was sent at `sent` was taken; the Lease is like this now.
    pub fn wrote(&mut self, record: Record, sent: Clock, now: Clock) {
        self.saw(Some(record), now);
        self.since = Some(sent);
        self.due = sent + RETRY;
    }

    /// A request failed. It may have been carried out all the same, or be carried out yet.
    pub fn failed(&mut self, now: Clock) {
        self.unsure = true;
        self.due = now + PAUSE;
    }

    /// Something may have changed: it is worth a look now.
    pub fn hint(&mut self, now: Clock) {
        if self.since.is_none() {
            self.due = self.due.min(now);
        }
    }

    /// Decides.
    #[must_use]
    pub fn next(&self, now: Clock) -> Move {
        if let Some(until) = self.leads_until() {
            let ours = self.lease().is_some_and(|record| record.holder.as_ref() == Some(&self.me));
            return match self.due {
                _ if until <= now || !(ours || self.unsure) => Move::Lost,
                due if due > now => Move::Wait(due.min(until).saturating_sub(now)),
                _ if self.unsure => Move::Look,
                _ => Move::Write,
            };
        }
        match &self.seen {
            Some(seen) if !self.unsure => {
                let free = self.free_at(seen);
                if free <= now {
                    Move::Write
                } else if self.due <= now {
                    Move::Look
                } else {
                    Move::Wait(self.due.min(free).saturating_sub(now))
                }
            }
            _ if self.due <= now => Move::Look,
            _ => Move::Wait(self.due.saturating_sub(now)),
        }
    }

    /// From when on the Lease may be taken.
    fn free_at(&self, seen: &Seen) -> Clock {
        match &seen.record {
            Some(Record { holder: Some(holder), duration, .. }) if *holder != self.me => {
                seen.first + (*duration).max(DURATION)
            }
            // Nobody's, or ours by a write whose answer was lost.
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(holder: &str, version: &str) -> Record {
        Record {
            holder: Some(holder.to_owned()).filter(|holder| !holder.is_empty()),
            version: version.to_owned(),
            duration: DURATION,
        }
    }

    const fn at(seconds: u64) -> Clock {
        Duration::from_secs(seconds)
    }

    fn candidate() -> Candidate {
        Candidate::new("a".to_owned())
    }

    #[test]
    fn a_lease_that_nobody_holds_is_taken_at_once() {
        for lease in [None, Some(held("", "7"))] {
            let mut candidate = candidate();
            assert_eq!(candidate.next(at(0)), Move::Look);
            candidate.saw(lease, at(1));
            assert_eq!((candidate.next(at(1)), candidate.leads_until()), (Move::Write, None));
        }
    }

    #[test]
    fn anothers_lease_is_taken_when_it_has_not_changed_for_its_duration() {
        let mut candidate = candidate();
        candidate.saw(Some(held("b", "1")), at(100));
        assert_eq!(candidate.next(at(100)), Move::Wait(RETRY));
        candidate.saw(Some(held("b", "1")), at(109));
        assert_eq!(candidate.next(at(109)), Move::Wait(at(1)), "not a retry later");
        assert_eq!(candidate.next(at(110)), Move::Write);
        candidate.saw(Some(held("b", "2")), at(111));
        assert_eq!(candidate.next(at(112)), Move::Wait(at(1)), "it lives");
        let patient = Record { duration: at(30), ..held("b", "3") };
        candidate.saw(Some(patient), at(200));
        assert_eq!(candidate.next(at(229)), Move::Look, "its holder asked for more");
    }

    #[test]
    fn a_leader_renews_and_ends_by_itself_when_it_cannot() {
        let mut candidate = candidate();
        candidate.saw(None, at(0));
        candidate.wrote(held("a", "1"), at(1), at(2));
        assert_eq!(candidate.leads_until(), Some(at(7)), "from when it was sent");
        assert_eq!(candidate.next(at(2)), Move::Wait(at(1)));
        assert_eq!(candidate.next(at(3)), Move::Write);
        candidate.failed(at(4));
        assert_eq!(candidate.next(at(4)), Move::Wait(PAUSE));
        assert_eq!(candidate.next(at(5)), Move::Look, "the write may have been taken");
        candidate.saw(Some(held("a", "2")), at(5));
        assert_eq!(candidate.next(at(5)), Move::Write);
        candidate.failed(at(6));
        assert_eq!(candidate.next(at(7)), Move::Lost);
    }

    #[test]
    fn a_leader_that_sees_another_name_leads_no_more() {
        let mut candidate = candidate();
        candidate.saw(None, at(0));
        candidate.wrote(held("a", "1"), at(0), at(0));
        candidate.failed(at(1));
        candidate.saw(Some(held("b", "2")), at(2));
        assert_eq!(candidate.next(at(2)), Move::Lost);
    }

    #[test]
    fn a_hint_brings_a_look_forward_and_does_not_disturb_a_leader() {
        let mut candidate = candidate();
        candidate.saw(Some(held("b", "1")), at(0));
        candidate.hint(at(1));
        assert_eq!(candidate.next(at(1)), Move::Look);
        candidate.saw(Some(held("", "2")), at(1));
        assert_eq!(candidate.next(at(1)), Move::Write);
        candidate.wrote(held("a", "3"), at(1), at(1));
        candidate.hint(at(2));
        assert_eq!(candidate.next(at(2)), Move::Wait(at(1)));
    }
}
