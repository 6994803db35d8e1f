//! One reconciliation of one delivery: observe, plan, act, status.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use delivery_api::DeliveryPhase;
use jiff::Timestamp;

use crate::base::subject::Subject;
use crate::deliveries::acting::act::{Actor, Progress};
use crate::deliveries::observing::observe::Observer;
use crate::deliveries::observing::observed::{Facts, Observed};
use crate::deliveries::plan::{DeliveryState, Plan, plan};
use crate::deliveries::reporting::report::{OUTDATED, StatusWriter};
use crate::deliveries::reporting::status::status;
use crate::error::Error;
use crate::log::connection::Log;

/// When a delivery is reconciled again even if nothing triggers it, in case a change was missed.
const REQUEUE_IDLE: Duration = Duration::from_mins(10);
/// The same for one that waits for the cluster.
const REQUEUE_BUSY: Duration = Duration::from_mins(1);

/// What the reconciliation of deliveries needs, by step.
pub(crate) struct DeliveryReconciler {
    pub log: Arc<Log>,
    pub observer: Observer,
    pub actor: Actor,
    pub statuses: Arc<StatusWriter>,
}

impl DeliveryReconciler {
    /// Brings one delivery closer to what it should be. Returns when to reconcile it again.
    ///
    /// # Errors
    /// When a request was refused or not answered; the status says so, if it can be written.
    pub(crate) async fn reconcile(&self, mut subject: Subject, now: Timestamp) -> Result<Option<Duration>, Error> {
        self.statuses.refresh(&mut subject);
        // An erased delivery is about to be deleted, and gets no plan and no pod until then.
        if subject.is_being_deleted || self.log.tables.erased.covers_subject(&subject) {
            return Ok(None);
        }

        // Observe (clients, read only).
        let observed = self.observer.observe(subject, now).await?;

        // Plan (no client).
        let plan = plan(&observed);

        // Act (clients).
        match self.actor.act(&observed, &plan).await {
            Ok(Progress::Done) => {}
            Ok(Progress::Outdated) => return Ok(Some(OUTDATED)),
            Err(error) => {
                self.report_failure(&observed, &plan, &error).await;
                return Err(error);
            }
        }
        if matches!(plan.state, DeliveryState::Deleting | DeliveryState::Undecided) {
            return Ok(plan.requeue_after);
        }

        // Status (computed without a client, then written).
        let status = status(&observed, &plan);
        let mut subject = observed.subject;
        // What a step has recorded already must not be written twice.
        self.statuses.refresh(&mut subject);
        let wait = self.statuses.report(&subject, &status).await?;

        let refresh = (status.phase == Some(DeliveryPhase::Running)).then(|| self.statuses.refresh_interval());
        let idle = match plan.state {
            // Nothing can be missed: only a change of the object itself matters now.
            DeliveryState::Finished | DeliveryState::Failed { .. } => None,
            DeliveryState::Waiting { .. } | DeliveryState::Running => Some(REQUEUE_BUSY),
            DeliveryState::Suspended | DeliveryState::Deleting | DeliveryState::Undecided => Some(REQUEUE_IDLE),
        };
        let idle = idle.map(|idle| idle + jitter(&subject.key.uid));
        Ok([wait, plan.requeue_after, refresh].into_iter().flatten().min().or(idle))
    }

    /// Reports in the status what failed. If that fails too, the log has the first error anyway.
    async fn report_failure(&self, observed: &Observed, plan: &Plan, error: &Error) {
        let known = match error {
            // The attempt counts, whether or not its pod was created.
            Error::PodUncertain { .. } => &plan.facts,
            _ => &observed.facts,
        };
        let failed = Plan {
            state: DeliveryState::Waiting { reason: error.reason(), message: error.to_string() },
            steps: Vec::new(),
            facts: Facts { attempt: known.attempt, pod_name: known.pod_name.clone(), ..plan.facts.clone() },
            requeue_after: None,
        };
        let new = status(observed, &failed);
        let mut subject = observed.subject.clone();
        // An attempt that was recorded and is none is taken back, whatever the budget; else the next one would count.
        self.statuses.refresh(&mut subject);
        let recorded = subject.status.as_ref().and_then(|status| status.attempt);
        let reported = if recorded == new.attempt {
            self.statuses.report(&subject, &new).await.map(drop)
        } else {
            self.statuses.record(&subject, &new).await.map(drop)
        };
        if let Err(error) = reported {
            let key = &observed.subject.key;
            tracing::debug!(namespace = key.namespace, delivery = key.name, %error, "Cannot report a failure in the status.");
        }
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        self.statuses.keep(exists);
        self.log.tables.plans.keep_early(exists);
        self.observer.unconfirmed.keep(exists);
        self.observer.silence.keep(exists);
        self.observer.ending.keep(exists);
    }
}

/// Up to a minute, so that deliveries of the same age are not reconciled at the same moment forever.
fn jitter(uid: &str) -> Duration {
    let sum = uid.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Duration::from_millis(sum % 60_000)
}

#[cfg(test)]
#[path = "tests/reconcile.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/attempts.rs"]
mod attempts;
