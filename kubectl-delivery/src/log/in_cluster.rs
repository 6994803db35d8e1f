//! Runs this program in the cluster, where the brokers' names can be resolved, and reads its answer from the pod's log.
//!
//! It is a Job, so that the cluster stops and deletes it after some time in any case; this program deletes it as soon as it
//! has the answer or is interrupted.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::{AsyncBufReadExt as _, TryStreamExt as _};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use kube::api::{ListParams, LogParams, PostParams};
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::query::ItemHandler;
use super::wire::StreamLine;
use crate::base::table::printable;
use crate::base::{Error, Problem};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Cluster;
use crate::cluster::installation::{CONFIG_KEY, IMAGE_ANNOTATION, Image, Installation};

const PROGRAM: &str = "/kubectl-delivery";
const CONFIG_DIRECTORY: &str = "/etc/code-delivery";
/// The cluster stops the Job after this time.
const DEADLINE_SECONDS: u32 = 3_600;
/// The cluster deletes the Job this long after its end, if this program has not.
const TTL_SECONDS: u32 = 60;
/// How long the pod may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(250);

/// What a Job with this program needs.
pub(crate) struct InClusterJob {
    pub(crate) cluster: Cluster,
    /// The one whose Kafka is read.
    pub(crate) installation: Installation,
    pub(crate) image: Image,
    pub(crate) cleanup: Cleanup,
}

/// The Job has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    #[error(
        "The reader in the cluster cannot start from the image {image}: {cause}. The image must contain {PROGRAM}; another \
         image can be named by the annotation {IMAGE_ANNOTATION} of the operator's Deployment."
    )]
    CannotStart { image: String, cause: String },
    #[error("The reader in the namespace {namespace} did not start within {} s: {status}.", START_TIMEOUT.as_secs())]
    StartTimeout { namespace: String, status: String },
    #[error("The log of the pod {pod} ended early: {cause}.")]
    LogEnded { pod: String, cause: LogEnd },
    /// The Job's own error message, a whole sentence.
    #[error("{0}")]
    Reported(String),
}

/// Why a pod's log ended before the answer did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogEnd {
    #[error(transparent)]
    Api(#[from] Box<kube::Error>),
    #[error(transparent)]
    Stream(#[from] std::io::Error),
    #[error("{} with exit code {exit_code}", reason.as_deref().unwrap_or("it ended"))]
    Exit { reason: Option<String>, exit_code: i32 },
    #[error("no cause is known")]
    Unknown,
}

impl Problem for JobError {
    fn reason(&self) -> &'static str {
        match self {
            Self::CannotStart { .. } => "ReaderCannotStart",
            Self::StartTimeout { .. } => "ReaderStartTimeout",
            Self::LogEnded { .. } => "ReaderLogEnded",
            Self::Reported(_) => "ReaderFailed",
        }
    }
}

/// Runs this program with these arguments in the cluster, and passes the items of its answer to `each`.
pub(crate) async fn run<I: DeserializeOwned, D: DeserializeOwned>(
    job: &InClusterJob,
    arguments: &[String],
    mut each: impl ItemHandler<I>,
) -> Result<D, Error> {
    let InClusterJob { cluster, installation, image, cleanup } = job;
    let jobs: Api<Job> = Api::namespaced(cluster.client.clone(), &installation.namespace);
    let name = format!("kubectl-delivery-{}", unique());
    let manifest: Job = serde_json::from_value(manifest(&name, installation, image, arguments))?;
    cleanup.add(jobs.clone(), name.clone());
    jobs.create(&PostParams::default(), &manifest).await.map_err(Error::api(format!(
        "Kafka at {} cannot be reached from here, and a reader cannot be started in the namespace {}",
        installation.config.kafka.bootstrap_servers, installation.namespace
    )))?;
    let pod = started(job, &name).await?;
    let pods: Api<Pod> = Api::namespaced(cluster.streaming.clone(), &installation.namespace);
    let follow = LogParams { follow: true, ..LogParams::default() };
    let ended = |cause| JobError::LogEnded { pod: pod.clone(), cause };
    let mut lines = pods.log_stream(&pod, &follow).await.map_err(|error| ended(Box::new(error).into()))?.lines();
    while let Some(line) = lines.try_next().await.map_err(|error| ended(error.into()))? {
        match serde_json::from_str(&line) {
            Ok(StreamLine::Item(item)) => each(item)?,
            Ok(StreamLine::Done(done)) => return Ok(done),
            Ok(StreamLine::Error(message)) => return Err(JobError::Reported(message).into()),
            // What a reader warns of.
            Err(_) => eprintln!("{}", printable(&line)),
        }
    }
    let found = pods.get_opt(&pod).await.ok().flatten();
    let end = found.as_ref().and_then(container).and_then(end_of);
    Err(ended(end.unwrap_or(LogEnd::Unknown)).into())
}

/// A name that no other run uses: time and process.
fn unique() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", time.as_millis(), std::process::id())
}

/// Waits until the pod of the Job is running, or has run, and returns its name.
async fn started(job: &InClusterJob, name: &str) -> Result<String, Error> {
    let InClusterJob { cluster, installation, image, .. } = job;
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &installation.namespace);
    let ours = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={name}"));
    let deadline = Instant::now() + START_TIMEOUT;
    let mut status = "its pod was not created".to_owned();
    while Instant::now() < deadline {
        let found = pods.list(&ours).await.map_err(Error::api("Cannot read the reader's pod"))?;
        if let Some(pod) = found.items.first() {
            match progress(pod) {
                PodProgress::Started => return Ok(pod.name_any()),
                PodProgress::Waiting(cause) => status = cause,
                PodProgress::CannotStart(cause) => {
                    return Err(JobError::CannotStart { image: image.name.clone(), cause }.into());
                }
            }
        }
        sleep(POLL).await;
    }
    if let Some(warning) = warning(cluster, &installation.namespace, name).await {
        status = warning;
    }
    Err(JobError::StartTimeout { namespace: installation.namespace.clone(), status }.into())
}

/// The newest warning about a Job that gets no pod, such as a quota or a policy.
async fn warning(cluster: &Cluster, namespace: &str, job: &str) -> Option<String> {
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), namespace);
    let about =
        ListParams::default().fields(&format!("involvedObject.kind=Job,involvedObject.name={job},type=Warning"));
    let found = events.list(&about).await.ok()?;
    found.items.into_iter().rev().find_map(|event| event.message)
}

/// Whether a pod has started, or why not.
#[derive(Debug, PartialEq, Eq)]
enum PodProgress {
    Started,
    Waiting(String),
    CannotStart(String),
}

fn container(pod: &Pod) -> Option<&ContainerStatus> {
    pod.status.as_ref()?.container_statuses.as_ref()?.first()
}

fn progress(pod: &Pod) -> PodProgress {
    let Some(container) = container(pod) else {
        let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
        let message = conditions.and_then(|all| all.iter().find(|one| one.status == "False")?.message.clone());
        return PodProgress::Waiting(message.unwrap_or_else(|| "its pod is not scheduled".to_owned()));
    };
    let state = container.state.as_ref();
    if let Some(waiting) = state.and_then(|state| state.waiting.as_ref()) {
        let reason = waiting.reason.clone().unwrap_or_default();
        let message = waiting.message.as_ref().map(|message| format!(" ({message})")).unwrap_or_default();
        let text = format!("{reason}{message}");
        let permanent = [
            "ErrImagePull",
            "ImagePullBackOff",
            "InvalidImageName",
            "ErrImageNeverPull",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError",
        ];
        return if permanent.contains(&reason.as_str()) {
            PodProgress::CannotStart(text)
        } else {
            PodProgress::Waiting(text)
        };
    }
    match state.and_then(|state| state.terminated.as_ref()) {
        // The container never ran: the image does not contain the program.
        Some(ended) if matches!(ended.reason.as_deref(), Some("StartError" | "ContainerCannotRun")) => {
            PodProgress::CannotStart(ended.message.clone().unwrap_or_default())
        }
        _ => PodProgress::Started,
    }
}

fn end_of(container: &ContainerStatus) -> Option<LogEnd> {
    let ended = container.state.as_ref()?.terminated.as_ref()?;
    Some(LogEnd::Exit { reason: ended.reason.clone(), exit_code: ended.exit_code })
}

/// The Job: restricted, without a service account token, with a deadline and a TTL.
fn manifest(name: &str, installation: &Installation, image: &Image, arguments: &[String]) -> Value {
    let labels = json!({
        "app.kubernetes.io/name": "code-delivery-kubectl",
        "app.kubernetes.io/part-of": "code-delivery",
        "app.kubernetes.io/managed-by": "kubectl-delivery",
    });
    let config = format!("{CONFIG_DIRECTORY}/{CONFIG_KEY}");
    let arguments = [arguments, &["--config".to_owned(), config, "--stream".to_owned()]].concat();
    let mut volumes = vec![json!({"name": "config", "configMap": {"name": installation.config_map}})];
    let mut mounts = vec![json!({"name": "config", "mountPath": CONFIG_DIRECTORY, "readOnly": true})];
    if let (Some(secret), Some(directory)) = (installation.secret(), &installation.config.kafka.properties_directory) {
        volumes.push(json!({"name": "kafka", "secret": {"secretName": secret, "defaultMode": 0o440}}));
        mounts.push(json!({"name": "kafka", "mountPath": directory, "readOnly": true}));
    }
    let container = json!({
        "name": "kubectl-delivery",
        "image": image.name,
        "imagePullPolicy": image.pull_policy,
        "command": [PROGRAM],
        "args": arguments,
        "env": [{"name": "RUST_LOG", "value": "error"}],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    });
    let mut pod_labels = labels.clone();
    let mesh = installation.mesh();
    if let (Some(mesh), Some(all)) = (&mesh, pod_labels.as_object_mut()) {
        let (key, value) = mesh.label;
        all.insert(key.to_owned(), json!(value));
    }
    // An injected sidecar of the old kind would keep the Job from ending. In the mesh Kafka may take nobody without a sidecar, and a native one
    // ends with the Job.
    let annotations = if mesh.is_some() {
        json!({"sidecar.istio.io/nativeSidecar": "true"})
    } else {
        json!({"sidecar.istio.io/inject": "false"})
    };
    json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            "ttlSecondsAfterFinished": TTL_SECONDS,
            "template": {
                "metadata": {"labels": pod_labels, "annotations": annotations},
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": mesh.as_ref().map(|mesh| mesh.account.as_str()),
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": 1,
                    "imagePullSecrets": image.pull_secrets,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": 65532,
                        "runAsGroup": 65532,
                        "fsGroup": 65532,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [container],
                    "volumes": volumes,
                },
            },
        },
    })
}

#[cfg(test)]
#[path = "tests/in_cluster.rs"]
mod tests;
