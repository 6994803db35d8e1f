//! The pods that faults hit: finds, kills and deletes them. Which are hit when is left to [`super::inject`].

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use delivery_api::names::DELIVERY_LABEL;
use futures::future::join_all;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use kube_runtime::wait::await_condition;
use kube_runtime::wait::conditions::is_deleted;
use tokio::time::timeout;

use super::gateways::Gateway;
use super::injector::Injector;
use super::process;
use crate::load::lists::LIST_LABEL;

/// One in this many simulators is hit at once.
const SHARE: usize = 8;
/// The label selector of the gateways' pods.
pub(super) const GATEWAYS: &str = "app.kubernetes.io/name=code-delivery-gateway";
/// How long a deleted pod may take to end.
const ENDING: Duration = Duration::from_secs(45);

impl Injector {
    /// The gateways that run, to be asked one by one; at least one.
    pub(super) async fn each_gateway(&self) -> Result<Vec<Gateway>> {
        let found = self.gateways().await?.iter().map(Gateway::of).collect::<Result<Vec<_>>>()?;
        ensure!(!found.is_empty(), "no gateway is running");
        Ok(found)
    }

    pub(super) async fn running(&self, pods: Api<Pod>, selector: &str) -> Result<Vec<Pod>> {
        let found = pods.list(&ListParams::default().labels(selector)).await?.items;
        let runs = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            phase == Some("Running") && pod.metadata.deletion_timestamp.is_none()
        };
        Ok(found.into_iter().filter(runs).collect())
    }

    pub(super) async fn simulators(&self) -> Result<Vec<Pod>> {
        let mut pods = self.running(self.setting.cluster.pods(), DELIVERY_LABEL).await?;
        pods.retain(|pod| pod.labels().get(DELIVERY_LABEL).is_some_and(|name| name.starts_with(&self.setting.run)));
        ensure!(!pods.is_empty(), "no delivery of this run has a running pod");
        Ok(pods)
    }

    pub(super) async fn lists(&self) -> Result<Vec<Pod>> {
        self.running(self.setting.cluster.pods(), &format!("{},{LIST_LABEL}", self.setting.label())).await
    }

    pub(super) async fn gateways(&self) -> Result<Vec<Pod>> {
        self.running(self.setting.cluster.pods(), GATEWAYS).await
    }

    pub(super) async fn data(&self, name: &str) -> Result<Vec<Pod>> {
        let pods = Api::namespaced(self.setting.cluster.client.clone(), &self.setting.data_namespace);
        self.running(pods, &format!("app.kubernetes.io/name={name}")).await
    }

    /// The operator that holds the Lease; without leader election, the only one.
    pub(super) async fn active_operator(&self) -> Result<Pod> {
        let leases: Api<Lease> = Api::default_namespaced(self.setting.cluster.client.clone());
        let holders = leases.list(&ListParams::default()).await?.items;
        let holders: Vec<_> = holders.into_iter().filter_map(|lease| lease.spec?.holder_identity).collect();
        let pods = self.running(self.setting.cluster.pods(), "app.kubernetes.io/name=code-delivery-operator").await?;
        let held = |pod: &Pod| holders.iter().any(|holder| holder.starts_with(&pod.name_any()));
        let active = pods.iter().find(|pod| held(pod)).or_else(|| pods.first());
        active.cloned().context("no operator is running")
    }

    /// A share of them, at least one.
    pub(super) fn some(&self, mut pods: Vec<Pod>, rng: &mut fastrand::Rng) -> Vec<Pod> {
        rng.shuffle(&mut pods);
        pods.truncate((self.setting.size.objects / SHARE).max(1));
        pods
    }

    pub(super) async fn kill(&self, pods: Vec<Pod>) -> Result<String> {
        let (mut hit, mut missed) = (Vec::new(), None);
        for pod in &pods {
            match process::kill(pod).await {
                Ok(_) => hit.push(pod.name_any()),
                Err(error) => missed = Some(error.context(pod.name_any())),
            }
        }
        match missed {
            Some(error) if hit.is_empty() => Err(error),
            _ => Ok(self.names(&hit)),
        }
    }

    pub(super) async fn delete(&self, pods: Vec<Pod>, how: &DeleteParams) -> Result<String> {
        let (mut hit, mut gone) = (Vec::new(), Vec::new());
        for pod in pods {
            let (name, namespace) = (pod.name_any(), pod.namespace().unwrap_or_default());
            let api: Api<Pod> = Api::namespaced(self.setting.cluster.client.clone(), &namespace);
            match api.delete(&name, how).await {
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                other => {
                    other?;
                    hit.push(name.clone());
                    gone.push((api, name, pod.uid()));
                }
            }
        }
        // A pod with a grace period works until it has ended.
        let gone = gone.into_iter().map(async |(api, name, uid)| {
            let _ = timeout(ENDING, await_condition(api, &name, is_deleted(&uid.unwrap_or_default()))).await;
        });
        join_all(gone).await;
        ensure!(!hit.is_empty(), "the pod was already gone");
        Ok(self.names(&hit))
    }

    fn names(&self, names: &[String]) -> String {
        let prefix = format!("{}-", self.setting.run);
        let short = |name: &String| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        match names {
            [] => String::new(),
            [one] => short(one),
            [one, .., last] => format!("{} pods: {} … {}", names.len(), short(one), short(last)),
        }
    }
}

/// One pod at random.
pub(super) fn one(mut pods: Vec<Pod>, rng: &mut fastrand::Rng) -> Result<Vec<Pod>> {
    ensure!(!pods.is_empty(), "none is running");
    Ok(vec![pods.swap_remove(rng.usize(..pods.len()))])
}
