//! One reconciliation of one `KafkaConnector`: observe, plan, act, status. Imports `super::context`.

use std::time::Duration;

use delivery_controller::error::ApiError;
use jiff::Timestamp;
use kube::ResourceExt;

use super::context::Context;
use crate::act::steps::{Servers, StepError, apply};
use crate::connect::reply::{State, StatusReply};
use crate::observe::actual::{actual, actual_after_change};
use crate::observe::kubernetes;
use crate::plan::decide::{Observed, decide};
use crate::plan::desired::desired;
use crate::plan::problem::Problem;
use crate::status::conditions::{Outcome, status};
use crate::status::report;
use crate::strimzi::annotations;
use crate::strimzi::connector::{KafkaConnector, cluster_of};

/// After a change, to see its effect.
const AFTER_CHANGE: Duration = Duration::from_secs(1);
/// While Connect is moving a connector to another state.
const IN_TRANSITION: Duration = Duration::from_secs(2);
/// While a running connector has no tasks: usually they come soon, and some connectors never have any.
const WITHOUT_TASKS: Duration = Duration::from_secs(5);
/// The longest delay after a problem that resolves itself, and after any other.
const MAX_TRANSIENT_DELAY: Duration = Duration::from_secs(30);
const MAX_DELAY: Duration = Duration::from_mins(5);
/// How many times in a row Connect may be rebalancing or starting before the status reports it.
const MAX_UNREPORTED: u32 = 8;

/// Brings one connector closer to what its object says. Returns when to look again; `None`: when the object changes.
///
/// # Errors
/// When the API server refused a request or did not answer.
pub async fn reconcile(
    context: &Context,
    namespace: &str,
    name: &str,
    now: Timestamp,
) -> Result<Option<Duration>, ApiError> {
    let Context { client, events, metrics, .. } = context;
    let Some(mut connector) = kubernetes::connector(client, namespace, name).await? else { return Ok(None) };
    if connector.metadata.deletion_timestamp.is_some() {
        return Ok(None);
    }
    if let Some(cluster) = cluster_of(&connector)
        && kubernetes::is_managed_by_strimzi(client, namespace, cluster).await?
    {
        context.left_to_strimzi.announce(events, &connector, cluster).await;
        return Ok(Some(context.config.resync()));
    }
    context.left_to_strimzi.remove(&connector);
    let uid = connector.uid().unwrap_or_default();
    let (outcome, requeue_after) = if annotations::is_paused(&connector) {
        (Outcome::Paused, None)
    } else {
        match sync(context, &mut connector, now).await {
            Ok((outcome, requeue_after)) => {
                context.backoff.succeeded(&uid);
                (outcome, Some(requeue_after))
            }
            Err(StepError::Api(error)) => return Err(error),
            Err(StepError::Problem(problem)) => {
                let max_delay = if problem.is_transient() { MAX_TRANSIENT_DELAY } else { MAX_DELAY };
                let retry = context.backoff.failed(&uid, max_delay);
                if problem.is_momentary() && retry.failures < MAX_UNREPORTED {
                    return Ok(Some(AFTER_CHANGE));
                }
                metrics.problem(problem.reason().as_str());
                let delay = if problem.is_momentary() { IN_TRANSITION } else { retry.after };
                let requeue_after = (!problem.needs_change()).then_some(delay);
                (Outcome::Failed(problem), requeue_after)
            }
        }
    };
    let new = status(&connector, &outcome, now);
    let has_changed = report::write(client, events, metrics, &connector, new).await?;
    Ok(if has_changed { Some(AFTER_CHANGE) } else { requeue_after })
}

/// Observes, plans and acts for a connector that this operator manages.
async fn sync(
    context: &Context,
    connector: &mut KafkaConnector,
    now: Timestamp,
) -> Result<(Outcome, Duration), StepError> {
    let (cluster, connect) = context.clusters.of(connector).map_err(Problem::from)?;
    let desired = desired(connector, &context.config.source).map_err(Problem::from)?;
    let name = connector.name_any();
    let mut actual = actual(connect, &name).await?;
    let plan = decide(&Observed { connector, desired: &desired, cluster, actual: &actual, now })?;
    let mut warnings = plan.warnings.clone();
    if !plan.steps.is_empty() {
        let servers = Servers { client: &context.client, connect };
        warnings.extend(apply(servers, &context.metrics, connector, &desired, &plan).await?);
        match actual_after_change(connect, &name).await {
            Ok(after) if after.status.is_some() => actual = after,
            // The status must record the restart whatever Connect answers, or it would be repeated at once.
            _ if plan.restarts.restart => {}
            Ok(_) => return Err(Problem::NoStatus(name).into()),
            Err(error) => return Err(error.into()),
        }
    }
    let reply = actual.reply();
    let resync = context.config.resync();
    let mut requeue_after = plan.restarts.requeue_after.map_or(resync, |due| due.min(resync));
    if !plan.steps.is_empty() {
        requeue_after = requeue_after.min(AFTER_CHANGE);
    } else if reply.is_some_and(StatusReply::is_transitional) {
        requeue_after = requeue_after.min(IN_TRANSITION);
    } else if reply.is_some_and(|reply| reply.state() == State::Running && reply.task_count() == 0) {
        requeue_after = requeue_after.min(WITHOUT_TASKS);
    }
    Ok((Outcome::InSync { actual, warnings, restarts: plan.restarts }, requeue_after))
}
