//! Takes the planned steps. Each can be taken twice.
//!
//! A step that an annotation asks for is retried by the next reconciliation when it fails, and is only a warning until then: the
//! annotation is removed when the step is done.

use delivery_controller::error::ApiError;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use super::offsets;
use crate::connect::rest::{Connect, RestError};
use crate::metrics::{Metrics, RestartCause};
use crate::plan::decide::{Plan, Step};
use crate::plan::desired::Desired;
use crate::plan::problem::Problem;
use crate::strimzi::annotations::{OFFSETS, RESTART, RESTART_TASK, Restart};
use crate::strimzi::connector::{KafkaConnector, TargetState};
use crate::strimzi::reason::{Warning, WarningReason};

/// Why a step could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// The status reports it.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The status cannot be written either.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<RestError> for StepError {
    fn from(error: RestError) -> Self {
        Self::Problem(error.into())
    }
}

/// The servers that steps are taken on.
#[derive(Clone, Copy)]
pub(crate) struct Servers<'a> {
    pub client: &'a Client,
    /// The Kafka Connect cluster of the connector.
    pub connect: &'a Connect,
}

/// Takes the steps in their order, and returns warnings about those that must wait. `connector` gets the resource version that it has
/// afterwards.
///
/// # Errors
/// At the first step that fails, unless its failure is only a warning.
pub(crate) async fn apply(
    servers: Servers<'_>,
    metrics: &Metrics,
    connector: &mut KafkaConnector,
    desired: &Desired,
    plan: &Plan,
) -> Result<Vec<Warning>, StepError> {
    let name = connector.name_any();
    let mut warnings = Vec::new();
    for step in &plan.steps {
        match take(servers, metrics, connector, desired, *step).await? {
            Ok(annotation) => {
                tracing::info!(namespace = connector.namespace(), connector = name, ?step, "Changed Kafka Connect.");
                if let Some(annotation) = annotation {
                    remove_annotation(servers.client, connector, annotation).await?;
                }
            }
            Err(warning) => warnings.push(warning),
        }
    }
    Ok(warnings)
}

/// Takes one step. Returns the annotation that asked for it, or why it must wait.
async fn take(
    servers: Servers<'_>,
    metrics: &Metrics,
    connector: &KafkaConnector,
    desired: &Desired,
    step: Step,
) -> Result<Result<Option<&'static str>, Warning>, RestError> {
    let (connect, name) = (servers.connect, connector.name_any());
    Ok(match step {
        Step::Create(TargetState::Running) | Step::Configure => {
            connect.put(&name, &desired.options).await.map(|()| Ok(None))?
        }
        Step::Create(state) => connect.create(&name, &desired.options, state).await.map(|()| Ok(None))?,
        Step::SetState(state) => connect.set_state(&name, state).await.map(|()| Ok(None))?,
        Step::AutoRestart => {
            metrics.restarted(RestartCause::Automatic);
            let failed = Restart { include_tasks: true, only_failed: true };
            or_warning(&name, connect.restart(&name, failed).await).map(|()| None)
        }
        Step::Restart(restart) => {
            metrics.restarted(RestartCause::Annotation);
            or_warning(&name, connect.restart(&name, restart).await).map(|()| Some(RESTART))
        }
        Step::RestartTask(task) => {
            metrics.restarted(RestartCause::Annotation);
            let restarted = connect.restart_task(&name, task).await.map(|()| Some(RESTART_TASK));
            restarted.map_err(|error| {
                Warning::new(WarningReason::RestartTask, format!("Cannot restart task {task}: {error}"))
            })
        }
        Step::Offsets(change) => {
            let done = offsets::manage(servers.client, connect, connector, change).await;
            done.map(|()| Some(OFFSETS)).map_err(|error| Warning::new(change, error.to_string()))
        }
    })
}

fn or_warning(name: &str, restarted: Result<(), RestError>) -> Result<(), Warning> {
    restarted.map_err(|error| {
        Warning::new(WarningReason::RestartConnector, format!("Cannot restart the connector {name}: {error}"))
    })
}

async fn remove_annotation(client: &Client, connector: &mut KafkaConnector, name: &str) -> Result<(), ApiError> {
    let api: Api<KafkaConnector> = Api::namespaced(client.clone(), &connector.namespace().unwrap_or_default());
    let body = json!({ "metadata": { "annotations": { name: null } } });
    let patched = api.patch_metadata(&connector.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await;
    connector.metadata.resource_version =
        patched.map_err(ApiError::when("remove the annotation of a finished step"))?.metadata.resource_version;
    Ok(())
}
