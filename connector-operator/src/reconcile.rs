//! One reconciliation of one `KafkaConnector`: observe, plan, act, status.

use std::time::Duration;

use delivery_controller::error::ApiError;
use jiff::Timestamp;
use kube::ResourceExt;

use crate::act::{Halt, act};
use crate::connector::{KafkaConnector, cluster_of};
use crate::context::Context;
use crate::desired::desired;
use crate::error::Problem;
use crate::plan::{World, plan};
use crate::status::{Verdict, status};
use crate::told::Told;
use crate::{annotations, observe, report};

/// After something was done.
const SOON: Duration = Duration::from_secs(1);
/// While a connector is on its way to another state.
const UNSETTLED: Duration = Duration::from_secs(2);
/// While a running connector has no tasks: mostly they come soon, and some never have any.
const WITHOUT_TASKS: Duration = Duration::from_secs(5);
/// The longest wait after a problem that passes by itself, and after another.
const LONGEST_PASSING: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(5);
/// How many times in a row Connect may be busy with itself before it is worth telling.
const PATIENCE: u32 = 8;

/// Brings one connector nearer to what its object says. Tells when to look again.
///
/// # Errors
/// When the API server refused something or did not answer.
pub async fn reconcile(
    context: &Context,
    namespace: &str,
    name: &str,
    now: Timestamp,
) -> Result<Option<Duration>, ApiError> {
    let Some(mut connector) = observe::object(context, namespace, name).await? else { return Ok(None) };
    if connector.metadata.deletion_timestamp.is_some() {
        return Ok(None);
    }
    if let Some(cluster) = cluster_of(&connector)
        && observe::is_strimzis(context, namespace, cluster).await?
    {
        report::leave_to_strimzi(context, &connector, cluster).await;
        return Ok(Some(context.config.resync()));
    }
    report::take_back(context, &connector);
    let uid = connector.uid().unwrap_or_default();
    let (verdict, again) = if annotations::is_paused(&connector) {
        (Verdict::Paused, None)
    } else {
        match serve(context, &mut connector, now).await {
            Ok((verdict, again)) => {
                context.backoff.succeeded(&uid);
                (verdict, Some(again))
            }
            Err(Halt::Api(error)) => return Err(error),
            Err(Halt::Problem(problem)) => {
                let longest = if problem.is_passing() { LONGEST_PASSING } else { LONGEST };
                let retry = context.backoff.failed(&uid, longest);
                if problem.is_momentary() && retry.failures < PATIENCE {
                    return Ok(Some(SOON));
                }
                context.metrics.troubled(problem.reason());
                let wait = if problem.is_momentary() { UNSETTLED } else { retry.after };
                let again = (!problem.is_the_objects()).then_some(wait);
                (Verdict::Failed(problem), again)
            }
        }
    };
    let conflict = report::report(context, &connector, status(&connector, &verdict, now)).await?;
    Ok(if conflict { Some(SOON) } else { again })
}

/// Serves a connector that is ours to serve.
async fn serve(context: &Context, connector: &mut KafkaConnector, now: Timestamp) -> Result<(Verdict, Duration), Halt> {
    let (cluster, connect) = context.cluster(connector)?;
    let desired = desired(connector, &context.config.source).map_err(Problem::from)?;
    let name = connector.name_any();
    let mut seen = observe::connector(connect, &name).await?;
    let intent = plan(&World { connector, desired: &desired, cluster, seen: &seen, now })?;
    let mut warnings = intent.warnings.clone();
    if !intent.steps.is_empty() {
        warnings.extend(act(context, connect, connector, &desired, &intent).await?);
        match observe::connector_again(connect, &name).await {
            Ok(now) if now.status.is_some() => seen = now,
            // That it was restarted must be written down, whatever Connect says, or it would be restarted again at once.
            _ if intent.restarts.restart => {}
            Ok(_) => return Err(Problem::NoStatus(name).into()),
            Err(error) => return Err(error.into()),
        }
    }
    let told = seen.status.as_ref().map(Told);
    let mut again = context.config.resync();
    if let Some(due) = intent.restarts.again {
        again = again.min(due);
    }
    if !intent.steps.is_empty() {
        again = again.min(SOON);
    } else if told.is_some_and(Told::is_unsettled) {
        again = again.min(UNSETTLED);
    } else if told.is_some_and(|told| told.state() == "RUNNING" && told.task_count() == 0) {
        again = again.min(WITHOUT_TASKS);
    }
    Ok((Verdict::Served { seen, warnings, restarts: intent.restarts }, again))
}
