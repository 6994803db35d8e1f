//! Asks the pods of the services what they say of themselves: `/readyz` and `/metrics`.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::Timestamp;

use super::{canary, readiness, workloads};
use crate::check::finding::Finding;
use crate::cluster::admin_port::{self, NoAnswer, PodAnswer, Service, ServicePod};
use crate::cluster::connection::Cluster;
use crate::cluster::installation::Installation;
use crate::cluster::metrics::Metrics;

/// What the pods of the services answer.
#[derive(Default)]
pub(crate) struct Probed {
    ready: Vec<(ServicePod, Result<PodAnswer, NoAnswer>)>,
    metrics: Vec<(ServicePod, Metrics)>,
    /// Why the pods are not known.
    problem: Option<Finding>,
}

impl Probed {
    /// The pods of a service; `None` if they are not known.
    pub(crate) fn names(&self, service: Service) -> Option<Vec<&str>> {
        let pods = self.ready.iter().filter(|(pod, _)| pod.service == service);
        self.problem.is_none().then(|| pods.map(|(pod, _)| pod.name.as_str()).collect())
    }

    pub(crate) fn readiness(&self, service: Service) -> Vec<Finding> {
        self.problem.as_ref().map_or_else(|| readiness::judge(service, &self.ready), |problem| vec![problem.clone()])
    }

    /// The version that each service tells of itself.
    pub(crate) fn versions(&self) -> BTreeMap<Service, String> {
        let told = self.metrics.iter().filter_map(|(pod, metrics)| {
            let version = workloads::told(pod.service, metrics)?;
            Some((pod.service, version))
        });
        told.collect()
    }

    /// MongoDB and Elasticsearch, as the gateways report them.
    pub(crate) fn servers(&self) -> Vec<Finding> {
        readiness::servers(&self.of_gateways())
    }

    /// Kafka's brokers, as the gateways report them.
    pub(crate) fn brokers(&self) -> Finding {
        readiness::brokers(&self.of_gateways())
    }

    /// The gateways' metrics.
    fn of_gateways(&self) -> Vec<(&ServicePod, Metrics)> {
        let gateways = self.metrics.iter().filter(|(pod, _)| pod.service == Service::Gateway);
        gateways.map(|(pod, metrics)| (pod, metrics.clone())).collect()
    }

    /// The canary's pods, and what its runs have seen; `now`: the time in the cluster.
    pub(crate) fn canary(&self, now: Timestamp) -> Vec<Finding> {
        if self.names(Service::Canary).is_some_and(|names| names.is_empty()) {
            return vec![Finding::skipped("There is no canary: canary.enabled is off.")];
        }
        let of_canary = self.metrics.iter().filter(|(pod, _)| pod.service == Service::Canary);
        let runs = of_canary.map(|(pod, metrics)| canary::judge(pod, metrics, now));
        self.readiness(Service::Canary).into_iter().chain(runs).collect()
    }
}

/// Asks every pod of the services whether it is ready, and for its metrics.
pub(crate) async fn probe(cluster: &Cluster, installation: &Installation) -> Probed {
    let found = admin_port::pods(cluster, &installation.namespace, &Service::ALL, installation.release()).await;
    let pods = match found {
        Ok(pods) => pods,
        Err(error) => return Probed { problem: Some(Finding::unreadable(&error)), ..Probed::default() },
    };
    let asked = pods.into_iter().map(|pod| async move {
        let (ready, metrics) =
            tokio::join!(admin_port::get(cluster, &pod, "/readyz"), admin_port::get(cluster, &pod, "/metrics"));
        (pod, ready, metrics)
    });
    let mut probed = Probed::default();
    for (pod, ready, metrics) in join_all(asked).await {
        if let Some(metrics) = metrics.ok().and_then(|answer| Metrics::parse(&answer.text).ok()) {
            probed.metrics.push((pod.clone(), metrics));
        }
        probed.ready.push((pod, ready));
    }
    probed
}
