//! The Kubernetes API: objects as a user writes them, and waiting for a state of them.

use anyhow::{Context, Result};
use delivery_api::{Delivery, DeliveryRoute};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::wait::{Condition, await_condition};
use serde_json::{Value, json};

use crate::{unique, within};

/// The installation that is tested.
#[derive(Clone)]
pub struct Cluster {
    /// A client with the rights of the user who runs the tests.
    pub client: Client,
}

impl Cluster {
    /// Connects to the cluster of the current kubeconfig context.
    ///
    /// # Errors
    /// When there is none, or the product is not installed there.
    pub async fn connect() -> Result<Self> {
        let client =
            Client::try_default().await.context("no cluster is configured; run `make demo` and set KUBECONFIG")?;
        let cluster = Self { client };
        cluster
            .operator()
            .get("code-delivery-operator")
            .await
            .context("the operator is not installed in the namespace of the kubeconfig's context; run `make demo`")?;
        Ok(cluster)
    }

    /// Deliveries of the context's namespace.
    #[must_use]
    pub fn deliveries(&self) -> Api<Delivery> {
        Api::default_namespaced(self.client.clone())
    }

    /// Routes of the context's namespace.
    #[must_use]
    pub fn routes(&self) -> Api<DeliveryRoute> {
        Api::default_namespaced(self.client.clone())
    }

    /// Pods of the context's namespace.
    #[must_use]
    pub fn pods(&self) -> Api<Pod> {
        Api::default_namespaced(self.client.clone())
    }

    /// `ConfigMap`s of the context's namespace.
    #[must_use]
    pub fn config_maps(&self) -> Api<ConfigMap> {
        Api::default_namespaced(self.client.clone())
    }

    /// Deployments of the context's namespace.
    #[must_use]
    pub fn operator(&self) -> Api<Deployment> {
        Api::default_namespaced(self.client.clone())
    }

    /// Creates a Delivery with this spec and a unique name.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn deliver(&self, prefix: &str, spec: Value) -> Result<Delivery> {
        self.deliver_as(&unique(prefix), spec).await
    }

    /// Creates a Delivery with this spec and this name.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn deliver_as(&self, name: &str, spec: Value) -> Result<Delivery> {
        let object = json!({
            "apiVersion": "codedelivery.dev/v1alpha1", "kind": "Delivery", "metadata": {"name": name}, "spec": spec,
        });
        Ok(self.deliveries().create(&PostParams::default(), &serde_json::from_value(object)?).await?)
    }

    /// Creates a DeliveryRoute with this path and a unique name.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn route(&self, prefix: &str, path: &[[f64; 2]]) -> Result<DeliveryRoute> {
        let object = json!({
            "apiVersion": "codedelivery.dev/v1alpha1", "kind": "DeliveryRoute",
            "metadata": {"name": unique(prefix)}, "spec": {"path": path},
        });
        Ok(self.routes().create(&PostParams::default(), &serde_json::from_value(object)?).await?)
    }

    /// Creates an object from a manifest as `kubectl create` does, which refuses fields that the schema does not know.
    ///
    /// # Errors
    /// What the API server refuses.
    pub async fn create_strictly(&self, manifest: &Value) -> Result<Value, kube::Error> {
        let plural = if manifest["kind"] == "Delivery" { "deliveries" } else { "deliveryroutes" };
        let namespace = self.client.default_namespace();
        let path = format!("/apis/codedelivery.dev/v1alpha1/namespaces/{namespace}/{plural}?fieldValidation=Strict");
        let request = hyper::Request::post(path).header("content-type", "application/json");
        let request = request.body(manifest.to_string().into_bytes()).map_err(kube::Error::HttpError)?;
        self.client.request(request).await
    }

    /// Waits until `wanted` holds for an object.
    ///
    /// # Errors
    /// When it does not hold in time; the error has the last state.
    pub async fn until<K>(&self, what: &str, api: Api<K>, name: &str, wanted: impl Condition<K>) -> Result<Option<K>>
    where
        K: Clone + std::fmt::Debug + Send + Resource<DynamicType = ()> + serde::de::DeserializeOwned + 'static,
    {
        let last = api.clone();
        let outcome = within(what, async { Ok(await_condition(api, name, wanted).await?) }).await;
        match outcome {
            Ok(object) => Ok(object),
            Err(error) => {
                let now = last.get_opt(name).await.ok().flatten();
                Err(error.context(format!("the last state of {name}: {now:?}")))
            }
        }
    }

    /// Waits until a Delivery is in this phase.
    ///
    /// # Errors
    /// When it does not reach it in time.
    pub async fn until_phase(&self, delivery: &Delivery, phase: &str) -> Result<Delivery> {
        let wanted = |found: Option<&Delivery>| found.is_some_and(|found| phase_of(found) == phase);
        let found = self.until(phase, self.deliveries(), &delivery.name_any(), wanted).await?;
        found.context("the Delivery is gone")
    }

    /// The pods of a Delivery, including those that are being deleted.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn pods_of(&self, delivery: &Delivery) -> Result<Vec<Pod>> {
        let selector = format!("codedelivery.dev/delivery={}", delivery.name_any());
        Ok(self.pods().list(&ListParams::default().labels(&selector)).await?.items)
    }

    /// The reasons of the Events about an object.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn event_reasons(&self, name: &str) -> Result<Vec<String>> {
        let events: Api<Event> = Api::default_namespaced(self.client.clone());
        let about = ListParams::default().fields(&format!("involvedObject.name={name}"));
        Ok(events.list(&about).await?.items.into_iter().filter_map(|event| event.reason).collect())
    }

    /// Scales a Deployment and waits until it has that many ready replicas.
    ///
    /// # Errors
    /// When it does not have them in time.
    pub async fn scale(&self, deployment: &str, replicas: i32) -> Result<()> {
        let patch = json!({"spec": {"replicas": replicas}});
        let api = self.operator();
        api.patch_scale(deployment, &PatchParams::default(), &Patch::Merge(patch)).await?;
        let wanted = move |found: Option<&Deployment>| {
            found.and_then(|found| found.status.as_ref()).is_some_and(|status| {
                status.replicas.unwrap_or(0) == replicas && status.ready_replicas.unwrap_or(0) == replicas
            })
        };
        Box::pin(self.until(&format!("{replicas} replicas of {deployment}"), api, deployment, wanted)).await?;
        let selector = ListParams::default().labels(&format!("app.kubernetes.io/name={deployment}"));
        within("the end of the old pods", async {
            while self.pods().list(&selector).await?.items.len() != usize::try_from(replicas)? {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Ok(())
        })
        .await
    }

    /// Deletes a Delivery, if it still exists.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn delete(&self, delivery: &Delivery) -> Result<()> {
        match self.deliveries().delete(&delivery.name_any(), &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }
}

/// Scales a workload up again when the test that scales it down fails in between. It is to live as long as the test.
#[derive(Debug)]
pub struct Restored {
    workload: &'static str,
    namespace: Option<&'static str>,
    replicas: i32,
}

impl Restored {
    /// For a workload such as `deployment/NAME` in a namespace, or in the context's, which has that many replicas.
    #[must_use]
    pub fn new(workload: &'static str, namespace: Option<&'static str>, replicas: i32) -> Self {
        Self { workload, namespace, replicas }
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut kubectl = std::process::Command::new("kubectl");
            kubectl.args(["scale", self.workload, "--replicas", &self.replicas.to_string()]);
            if let Some(namespace) = self.namespace {
                kubectl.args(["--namespace", namespace]);
            }
            let _ = kubectl.status();
        }
    }
}

/// The phase in a Delivery's status, as `kubectl get` prints it.
#[must_use]
pub fn phase_of(delivery: &Delivery) -> String {
    let status = serde_json::to_value(&delivery.status).unwrap_or_default();
    status["phase"].as_str().unwrap_or_default().to_owned()
}

/// A condition in a Delivery's or route's status: its `status` and `reason`.
#[must_use]
pub fn condition(status: &impl serde::Serialize, kind: &str) -> Option<(String, String)> {
    let status = serde_json::to_value(status).ok()?;
    let found = status["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)?.clone();
    Some((found["status"].as_str()?.to_owned(), found["reason"].as_str()?.to_owned()))
}
