//! The Lease: which of several processes may decide. Pure: what to do next, given what was observed and when.
//!
//! A process leads for [`DEADLINE`] after it *sent* a write of the Lease that succeeded. Any other process takes the Lease over no
//! sooner than [`DURATION`] after it last *observed* a change. Each measures on its own clock, so clocks need not agree; the
//! times written in the Lease are for people. Every write is conditional on the observed resource version, so a write that arrives
//! late changes nothing. Requests are left to [`crate::leadership::election`].

use std::time::Duration;

/// How long an unchanged Lease belongs to its holder. This and the next two are the defaults of Kubernetes' own controllers
/// (`leaderElection.leaseDuration`, `renewDeadline` and `retryPeriod`): what a cluster's own leaders bear, we bear.
pub(crate) const DURATION: Duration = Duration::from_secs(15);
/// How long a leader leads without renewing the Lease.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);
/// How often the leader renews the Lease, and how often the others read it.
pub(crate) const RETRY: Duration = Duration::from_secs(2);
/// The time limit of a request for the Lease. After one that is not answered, [`DEADLINE`] leaves time to read and write it again.
pub(crate) const LIMIT: Duration = Duration::from_secs(4);
/// The pause after a failed request.
const PAUSE: Duration = Duration::from_millis(500);

/// A time on this process's own monotonic clock.
pub(crate) type Clock = Duration;

/// What matters of a Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeaseState {
    /// The holder; none after a release.
    pub holder: Option<String>,
    /// The resource version.
    pub version: String,
    /// How long the holder wants it to be respected.
    pub duration: Duration,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseAction {
    Read,
    /// Write our name into the Lease if it is unchanged: to acquire or to renew it.
    Write,
    Wait(Duration),
    /// Leadership is lost. The candidate stands again with [`Candidate::stand_by`].
    Lost,
}

/// One process's part in the election.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    name: String,
    observed: Option<Observation>,
    /// Since when we lead: when the last successful write was sent.
    since: Option<Clock>,
    /// A write of ours may have changed the Lease since it was observed.
    uncertain: bool,
    /// When to act next.
    due: Clock,
}

#[derive(Clone, Debug)]
struct Observation {
    /// The Lease, if it exists.
    record: Option<LeaseState>,
    /// When it was first observed in this version.
    first: Clock,
}

impl Candidate {
    /// A candidate of this name, which no other process may have, nor the same one after a restart.
    #[must_use]
    pub(crate) const fn new(name: String) -> Self {
        Self { name, observed: None, since: None, uncertain: true, due: Duration::ZERO }
    }

    /// Stands again after leadership was lost, once nothing of the lost leadership is left in the process.
    ///
    /// The name may stay: if the Lease still has it, no other process has taken the Lease since, so it may be renewed at once.
    pub(crate) fn stand_by(&mut self) {
        *self = Self::new(std::mem::take(&mut self.name));
    }

    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The Lease as last observed.
    #[must_use]
    pub(crate) fn lease(&self) -> Option<&LeaseState> {
        self.observed.as_ref()?.record.as_ref()
    }

    /// Until when we lead without a renewal; `None` when we do not lead.
    #[must_use]
    pub(crate) fn leads_until(&self) -> Option<Clock> {
        self.since.map(|since| since + DEADLINE)
    }

    /// The Lease was read.
    pub(crate) fn observed(&mut self, record: Option<LeaseState>, now: Clock) {
        let version = |record: &Option<LeaseState>| record.as_ref().map(|record| record.version.clone());
        let first = match &self.observed {
            Some(last) if version(&last.record) == version(&record) => last.first,
            _ => now,
        };
        self.observed = Some(Observation { record, first });
        self.uncertain = false;
        self.due = if self.since.is_some() { now } else { now + RETRY };
    }

    /// A write that was sent at `sent` succeeded, and returned this Lease.
    pub(crate) fn wrote(&mut self, record: LeaseState, sent: Clock, now: Clock) {
        self.observed(Some(record), now);
        self.since = Some(sent);
        self.due = sent + RETRY;
    }

    /// A request failed. The server may have carried it out anyway, or may still do so.
    pub(crate) fn failed(&mut self, now: Clock) {
        self.uncertain = true;
        self.due = now + PAUSE;
    }

    /// The Lease may have changed: read it now.
    pub(crate) fn hint(&mut self, now: Clock) {
        if self.since.is_none() {
            self.due = self.due.min(now);
        }
    }

    /// What to do next.
    #[must_use]
    pub(crate) fn next(&self, now: Clock) -> LeaseAction {
        if let Some(until) = self.leads_until() {
            let ours = self.lease().is_some_and(|record| record.holder.as_ref() == Some(&self.name));
            return match self.due {
                _ if until <= now || !(ours || self.uncertain) => LeaseAction::Lost,
                due if due > now => LeaseAction::Wait(due.min(until).saturating_sub(now)),
                _ if self.uncertain => LeaseAction::Read,
                _ => LeaseAction::Write,
            };
        }
        match &self.observed {
            Some(last) if !self.uncertain => {
                let free = self.free_at(last);
                if free <= now {
                    LeaseAction::Write
                } else if self.due <= now {
                    LeaseAction::Read
                } else {
                    LeaseAction::Wait(self.due.min(free).saturating_sub(now))
                }
            }
            _ if self.due <= now => LeaseAction::Read,
            _ => LeaseAction::Wait(self.due.saturating_sub(now)),
        }
    }

    /// When the Lease may be taken.
    fn free_at(&self, last: &Observation) -> Clock {
        match &last.record {
            Some(LeaseState { holder: Some(holder), duration, .. }) if *holder != self.name => {
                last.first + (*duration).max(DURATION)
            }
            // Without a holder, or ours by a write whose answer was lost.
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
#[path = "tests/lease.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/lease_model.rs"]
mod model;
