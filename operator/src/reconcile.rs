//! One reconciliation of one Delivery: observe, plan, act, status.

use crate::act::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::plan::{Course, Intent, plan};
use crate::status::status;
use crate::view::{Facts, World};
use crate::{act, observe, report};
use delivery_api::{Delivery, DeliveryPhase};
use jiff::Timestamp;
use kube::ResourceExt;
use std::time::Duration;

/// When a delivery at rest is looked at again, in case something was not heard of.
const AT_REST: Duration = Duration::from_mins(10);
/// The same for one that waits for the cluster.
const IN_TROUBLE: Duration = Duration::from_mins(1);

/// Brings one Delivery nearer to what it should be. Tells when to look again.
///
/// # Errors
/// When something was refused or did not answer; the status says so, where it can be written.
pub async fn reconcile(context: &Context, delivery: &Delivery, now: Timestamp) -> Result<Option<Duration>, Error> {
    let mut delivery = delivery.clone();
    context.written.refresh(&mut delivery);
    // One that is erased is about to be deleted, and makes no plan and no pod until then.
    if delivery.metadata.deletion_timestamp.is_some() || context.erased.covers_object(&delivery) {
        return Ok(None);
    }
    let uid = delivery.uid().unwrap_or_default();
    let pods = observe::pods(context, &delivery).await?;
    let route = observe::route(context, &delivery, &pods).await?;
    let state = context.states.get(&uid);
    let world = World {
        delivery: &delivery,
        pods: &pods,
        state: state.as_ref(),
        route: &route,
        unconfirmed_since: context.unconfirmed.note(&uid, Facts::known(&delivery, &pods).unconfirmed(), now),
        log_read: *context.log_read.borrow(),
        now,
    };
    let intent = plan(&world);
    match act::act(context, &world, &intent).await {
        Ok(Outcome::Done) => {}
        Ok(Outcome::Outdated) => return Ok(Some(report::OUTDATED)),
        Err(error) => {
            say_failure(context, &world, &intent, &error).await;
            return Err(error);
        }
    }
    if matches!(intent.course, Course::Leaving | Course::Undecided) {
        return Ok(intent.again);
    }
    let new = status(&world, &intent);
    // What was recorded on the way need not be said again.
    context.written.refresh(&mut delivery);
    let wait = report::report(context, &delivery, &new).await?;
    let refresh = (new.phase == Some(DeliveryPhase::Running)).then(|| report::refresh_interval(context));
    let rest = if matches!(intent.course, Course::Waiting { .. } | Course::Driving) { IN_TROUBLE } else { AT_REST };
    Ok([wait, intent.again, refresh].into_iter().flatten().min().or_else(|| Some(rest + jitter(&uid))))
}

/// Says in the status what failed. That it may fail as well is no news.
async fn say_failure(context: &Context, world: &World<'_>, intent: &Intent, error: &Error) {
    let known = match error {
        // The attempt is made, whatever came of it.
        Error::PodUncertain { .. } => intent.facts.clone(),
        _ => Facts::known(world.delivery, world.pods),
    };
    let failed = Intent {
        course: Course::Waiting { reason: error.reason(), message: error.to_string() },
        steps: Vec::new(),
        facts: Facts { attempt: known.attempt, pod_name: known.pod_name, ..intent.facts.clone() },
        again: None,
    };
    if let Err(error) = report::report(context, world.delivery, &status(world, &failed)).await {
        tracing::debug!(delivery = world.delivery.name_any(), %error, "A failure could not be said in the status.");
    }
}

/// Up to a minute, so that deliveries of one time are not looked at together for ever.
fn jitter(uid: &str) -> Duration {
    let sum = uid.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Duration::from_millis(sum % 60_000)
}
