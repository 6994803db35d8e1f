//! Runs this program in the cluster, where the brokers' names mean something, and hears its answer through the pod's log.
//!
//! A Job, so that the cluster itself ends it after a time and takes it away even when nobody does; this program deletes
//! it as soon as it has the answer, or is interrupted.

use crate::cluster::Cluster;
use crate::error::Error;
use crate::installation::{CONFIG_KEY, Image, Installation};
use crate::leftovers::Leftovers;
use crate::question::Sink;
use crate::wire::Line;
use futures::{AsyncBufReadExt as _, TryStreamExt as _};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use kube::api::{ListParams, LogParams, PostParams};
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep};

const PROGRAM: &str = "/kubectl-delivery";
const CONFIG_DIRECTORY: &str = "/etc/code-delivery";
/// No reader runs longer, whoever forgets it.
const DEADLINE_SECONDS: u32 = 3_600;
/// A reader whose end nobody awaits is taken away so long after it.
const TTL_SECONDS: u32 = 60;
const START: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(250);

/// A way to run this program in the cluster.
pub struct Errand {
    /// The cluster.
    pub cluster: Cluster,
    /// Whose Kafka is read.
    pub installation: Installation,
    /// The image with this program.
    pub image: Image,
    /// Where the Job is written down.
    pub leftovers: Leftovers,
}

/// Runs this program with these arguments in the cluster, and gives the items of its answer to `each`.
///
/// # Errors
/// When it cannot be run, or what it says itself.
pub async fn run<I: DeserializeOwned, D: DeserializeOwned>(
    errand: &Errand,
    arguments: &[String],
    mut each: impl Sink<I>,
) -> Result<D, Error> {
    let Errand { cluster, installation, image, leftovers } = errand;
    let jobs: Api<Job> = Api::namespaced(cluster.client.clone(), &installation.namespace);
    let name = format!("kubectl-delivery-{}", unique());
    let job: Job = serde_json::from_value(job(&name, installation, image, arguments))?;
    leftovers.add(jobs.clone(), name.clone());
    jobs.create(&PostParams::default(), &job).await.map_err(Error::api(format!(
        "Kafka at {} cannot be reached from here, and a reader cannot be started in the namespace {}",
        installation.config.kafka.bootstrap_servers, installation.namespace
    )))?;
    let pod = started(errand, &name).await?;
    let pods: Api<Pod> = Api::namespaced(cluster.patient.clone(), &installation.namespace);
    let follow = LogParams { follow: true, ..LogParams::default() };
    let cut = |error: &dyn std::fmt::Display| Error::Errand(format!("The log of the pod {pod} ended early: {error}."));
    let mut lines = pods.log_stream(&pod, &follow).await.map_err(|error| cut(&error))?.lines();
    while let Some(line) = lines.try_next().await.map_err(|error| cut(&error))? {
        match serde_json::from_str(&line) {
            Ok(Line::Item(item)) => each(item)?,
            Ok(Line::Done(done)) => return Ok(done),
            Ok(Line::Error(message)) => return Err(Error::Errand(message)),
            // What a reader warns of.
            Err(_) => eprintln!("{}", crate::output::printable(&line)),
        }
    }
    let ended = pods.get_opt(&pod).await.ok().flatten();
    let end = ended.as_ref().and_then(container).and_then(end_of).unwrap_or_else(|| "it told no reason".to_owned());
    Err(cut(&end))
}

/// A name that no other run has: time and process.
fn unique() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", time.as_millis(), std::process::id())
}

/// Waits until the pod of a Job runs, or has run.
async fn started(errand: &Errand, job: &str) -> Result<String, Error> {
    let Errand { cluster, installation, image, .. } = errand;
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &installation.namespace);
    let ours = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={job}"));
    let deadline = Instant::now() + START;
    let mut waits_for = "its pod was not created".to_owned();
    while Instant::now() < deadline {
        let found = pods.list(&ours).await.map_err(Error::api("The reader's pod cannot be seen"))?;
        if let Some(pod) = found.items.first() {
            match standing(pod) {
                Standing::Started => return Ok(pod.name_any()),
                Standing::Waiting(reason) => waits_for = reason,
                Standing::Hopeless(reason) => {
                    return Err(Error::Errand(format!(
                        "The reader in the cluster cannot start from the image {}: {reason}. It must hold {PROGRAM}; \
                         the operator's Deployment can name another by the annotation {}.",
                        image.name,
                        crate::installation::IMAGE_ANNOTATION
                    )));
                }
            }
        }
        sleep(POLL).await;
    }
    if let Some(refusal) = refusal(cluster, &installation.namespace, job).await {
        waits_for = refusal;
    }
    let namespace = &installation.namespace;
    Err(Error::Errand(format!(
        "The reader in the namespace {namespace} did not start within {} s: {waits_for}.",
        START.as_secs()
    )))
}

/// What the cluster says of a Job that gets no pod: a quota, or a policy.
async fn refusal(cluster: &Cluster, namespace: &str, job: &str) -> Option<String> {
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), namespace);
    let about =
        ListParams::default().fields(&format!("involvedObject.kind=Job,involvedObject.name={job},type=Warning"));
    let found = events.list(&about).await.ok()?;
    found.items.into_iter().rev().find_map(|event| event.message)
}

/// How far a pod has come.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Started,
    Waiting(String),
    Hopeless(String),
}

fn container(pod: &Pod) -> Option<&ContainerStatus> {
    pod.status.as_ref()?.container_statuses.as_ref()?.first()
}

fn standing(pod: &Pod) -> Standing {
    let Some(container) = container(pod) else {
        let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
        let message = conditions.and_then(|all| all.iter().find(|one| one.status == "False")?.message.clone());
        return Standing::Waiting(message.unwrap_or_else(|| "its pod is not scheduled".to_owned()));
    };
    let state = container.state.as_ref();
    if let Some(waiting) = state.and_then(|state| state.waiting.as_ref()) {
        let reason = waiting.reason.clone().unwrap_or_default();
        let message = waiting.message.as_ref().map(|message| format!(" ({message})")).unwrap_or_default();
        let text = format!("{reason}{message}");
        let hopeless = [
            "ErrImagePull",
            "ImagePullBackOff",
            "InvalidImageName",
            "ErrImageNeverPull",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError",
        ];
        return if hopeless.contains(&reason.as_str()) { Standing::Hopeless(text) } else { Standing::Waiting(text) };
    }
    match state.and_then(|state| state.terminated.as_ref()) {
        // The container never ran: there is no such program in the image.
        Some(ended) if matches!(ended.reason.as_deref(), Some("StartError" | "ContainerCannotRun")) => {
            Standing::Hopeless(ended.message.clone().unwrap_or_default())
        }
        _ => Standing::Started,
    }
}

fn end_of(container: &ContainerStatus) -> Option<String> {
    let ended = container.state.as_ref()?.terminated.as_ref()?;
    Some(format!("{} with exit code {}", ended.reason.as_deref().unwrap_or("it ended"), ended.exit_code))
}

/// The Job: restricted, without an account of the API, gone after its time.
fn job(name: &str, installation: &Installation, image: &Image, arguments: &[String]) -> Value {
    let labels = json!({
        "app.kubernetes.io/name": "code-delivery-kubectl",
        "app.kubernetes.io/part-of": "code-delivery",
        "app.kubernetes.io/managed-by": "kubectl-delivery",
    });
    let config = format!("{CONFIG_DIRECTORY}/{CONFIG_KEY}");
    let arguments = [arguments, &["--config".to_owned(), config, "--stream".to_owned()]].concat();
    let mut volumes = vec![json!({"name": "config", "configMap": {"name": installation.config_map}})];
    let mut mounts = vec![json!({"name": "config", "mountPath": CONFIG_DIRECTORY, "readOnly": true})];
    if let (Some(secret), Some(directory)) =
        (installation.config.secret(), &installation.config.kafka.properties_directory)
    {
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
    json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            "ttlSecondsAfterFinished": TTL_SECONDS,
            "template": {
                "metadata": {"labels": labels, "annotations": {"sidecar.istio.io/inject": "false"}},
                "spec": {
                    "restartPolicy": "Never",
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
mod tests {
    use super::*;

    fn pod(state: &Value) -> Pod {
        let status =
            json!({"name": "c", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state});
        serde_json::from_value(json!({"metadata": {"name": "p"}, "status": {"containerStatuses": [status]}})).unwrap()
    }

    #[test]
    fn a_pod_that_can_never_start_is_told_from_one_that_will() {
        let waiting = |reason| pod(&json!({"waiting": {"reason": reason, "message": "no such tag"}}));
        assert_eq!(
            standing(&waiting("ContainerCreating")),
            Standing::Waiting("ContainerCreating (no such tag)".into())
        );
        assert_eq!(standing(&waiting("ErrImagePull")), Standing::Hopeless("ErrImagePull (no such tag)".into()));
        let missing = json!({"terminated": {"exitCode": 128, "reason": "StartError", "message": "no such file"}});
        assert_eq!(standing(&pod(&missing)), Standing::Hopeless("no such file".into()));
        assert_eq!(standing(&pod(&json!({"running": {}}))), Standing::Started);
        let ended = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
        assert_eq!(standing(&pod(&ended)), Standing::Started, "its log is still there");
        assert_eq!(standing(&Pod::default()), Standing::Waiting("its pod is not scheduled".into()));
    }

    #[test]
    fn the_job_is_restricted_bounded_and_told_everything() {
        let config = serde_yaml::from_str(
            "{kafka: {bootstrapServers: 'k:1', propertiesDirectory: /etc/kafka}, simulator: {kafkaPropertiesSecret: client}}",
        )
        .unwrap();
        let installation = Installation { namespace: "n".into(), config_map: "c".into(), config };
        let image = Image { name: "i:1".into(), pull_policy: None, pull_secrets: Vec::new() };
        let job: Job =
            serde_json::from_value(job("r", &installation, &image, &["verify".to_owned(), "-A".to_owned()])).unwrap();
        let spec = job.spec.unwrap();
        assert!(spec.active_deadline_seconds.is_some() && spec.ttl_seconds_after_finished.is_some());
        let pod = spec.template.spec.unwrap();
        assert_eq!(pod.automount_service_account_token, Some(false));
        assert_eq!(pod.security_context.unwrap().run_as_non_root, Some(true));
        let container = &pod.containers[0];
        assert_eq!(
            container.args.as_deref().unwrap(),
            ["verify", "-A", "--config", "/etc/code-delivery/config.yaml", "--stream"]
        );
        let mounts: Vec<_> = container.volume_mounts.iter().flatten().map(|mount| mount.mount_path.as_str()).collect();
        assert_eq!(mounts, ["/etc/code-delivery", "/etc/kafka"]);
        assert_eq!(pod.volumes.unwrap()[1].secret.as_ref().unwrap().secret_name.as_deref(), Some("client"));
    }
}
