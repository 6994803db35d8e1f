//! Does what was decided, through Connect's REST API. Everything can be done twice.
//!
//! What an annotation asks for is tried again at the next reconciliation when it fails, and is only a warning until then: the
//! annotation goes when it is done.

use delivery_controller::error::ApiError;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::annotations::{OFFSETS, RESTART, RESTART_TASK, Restart};
use crate::connector::{KafkaConnector, TargetState};
use crate::context::Context;
use crate::desired::Desired;
use crate::error::Problem;
use crate::offsets::{self, OffsetsError};
use crate::plan::{Intent, Step, Warning};
use crate::rest::{Connect, RestError};

/// Why a step could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// It is said in the status.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// There is nobody to say it to.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<RestError> for Halt {
    fn from(error: RestError) -> Self {
        Self::Problem(error.into())
    }
}

/// Takes the steps in their order. `connector` gets the resource version that it has afterwards.
///
/// # Errors
/// At the first that fails, but for those that are warnings.
pub async fn act(
    context: &Context,
    connect: &Connect,
    connector: &mut KafkaConnector,
    desired: &Desired,
    intent: &Intent,
) -> Result<Vec<Warning>, Halt> {
    let name = connector.name_any();
    let mut warnings = Vec::new();
    for step in &intent.steps {
        match take(context, connect, connector, desired, *step).await? {
            Ok(annotation) => {
                tracing::info!(namespace = connector.namespace(), connector = name, ?step, "Done in Kafka Connect.");
                if let Some(annotation) = annotation {
                    remove_annotation(context, connector, annotation).await?;
                }
            }
            Err(warning) => warnings.push(warning),
        }
    }
    Ok(warnings)
}

/// Takes one step. Tells the annotation that asked for it, or why that must wait.
async fn take(
    context: &Context,
    connect: &Connect,
    connector: &KafkaConnector,
    desired: &Desired,
    step: Step,
) -> Result<Result<Option<&'static str>, Warning>, RestError> {
    let name = connector.name_any();
    Ok(match step {
        Step::Create(TargetState::Running) | Step::Configure => {
            connect.put(&name, &desired.options).await.map(|()| Ok(None))?
        }
        Step::Create(state) => connect.create(&name, &desired.options, state).await.map(|()| Ok(None))?,
        Step::Bring(state) => connect.bring(&name, state).await.map(|()| Ok(None))?,
        Step::AutoRestart => {
            context.metrics.restarted("automatic");
            let what = Restart { include_tasks: true, only_failed: true };
            restarted(&name, connect.restart(&name, what).await).map(|()| None)
        }
        Step::Restart(what) => {
            context.metrics.restarted("annotation");
            restarted(&name, connect.restart(&name, what).await).map(|()| Some(RESTART))
        }
        Step::RestartTask(task) => {
            context.metrics.restarted("annotation");
            let said =
                |error| Warning::new("RestartConnectorTask", format!("Task {task} could not be restarted: {error}"));
            connect.restart_task(&name, task).await.map(|()| Some(RESTART_TASK)).map_err(said)
        }
        Step::Offsets(what) => {
            let said = |error: OffsetsError| Warning::new(offsets::reason(what), error.to_string());
            offsets::manage(context, connect, connector, what).await.map(|()| Some(OFFSETS)).map_err(said)
        }
    })
}

fn restarted(name: &str, answer: Result<(), RestError>) -> Result<(), Warning> {
    answer.map_err(|error| {
        Warning::new("RestartConnector", format!("The connector {name} could not be restarted: {error}"))
    })
}

async fn remove_annotation(context: &Context, connector: &mut KafkaConnector, name: &str) -> Result<(), ApiError> {
    let api: Api<KafkaConnector> = Api::namespaced(context.client.clone(), &connector.namespace().unwrap_or_default());
    let body = json!({ "metadata": { "annotations": { name: null } } });
    let patched = api.patch_metadata(&connector.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await;
    connector.metadata.resource_version =
        patched.map_err(ApiError::when("remove an annotation that is served"))?.metadata.resource_version;
    Ok(())
}
