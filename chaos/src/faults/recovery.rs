//! How long the recovery from a step takes: positions in the log, positions at the clients, workloads, start requests.
//!
//! Measuring changes nothing. What has not recovered in time stays open; the judge finds out how it ended.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Serialize;

use super::injector::Injector;
use crate::client::session::Client;

const LOOK: Duration = Duration::from_millis(100);

/// Seconds from the step; absent: not recovered in time.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recovery {
    /// Until every delivery under way had another position in the log.
    pub(crate) log: Option<f64>,
    /// Until every client had another position.
    pub(crate) clients: Option<f64>,
    /// From sending a start request with the step until it had become a delivery.
    pub(crate) request: Option<f64>,
    /// Until all workloads of the product and its servers were ready.
    pub(crate) workloads: Option<f64>,
}

impl Recovery {
    /// Whether everything has recovered.
    pub(crate) const fn is_complete(&self) -> bool {
        self.log.is_some() && self.clients.is_some() && self.request.is_some() && self.workloads.is_some()
    }
}

/// Watches until everything has recovered, or for as long as the setting allows.
pub(crate) async fn watch(injector: &Injector, (request, sent): (&str, Instant)) -> Recovery {
    let (began, began_at) = (Instant::now(), jiff::Timestamp::now().as_millisecond());
    let mut found = Recovery::default();
    while !found.is_complete() && began.elapsed() < injector.setting.size.patience {
        let now = began.elapsed().as_secs_f64();
        let (silent, under_way, asked) = injector.activity.with(|activity| {
            (
                activity.silent_since(began).count(),
                activity.under_way(),
                activity.requests.get(request).map(|(when, _)| *when),
            )
        });
        if silent == 0 {
            found.log.get_or_insert(now);
        }
        // A client that could never connect, because an older gateway lacks its form, has nothing to recover.
        let is_served = |client: &Client| {
            client.last_position_at.load(Ordering::Relaxed) > began_at
                || client.connections.load(Ordering::Relaxed) == 0
        };
        // With nothing under way no client receives a position.
        if under_way == 0 || injector.clients.iter().all(|client| is_served(client)) {
            found.clients.get_or_insert(now);
        }
        if let Some(when) = asked {
            found.request = found.request.or_else(|| Some(when.saturating_duration_since(sent).as_secs_f64()));
        }
        // Querying the API server is expensive, and it reports what was just killed as ready for a moment.
        if found.workloads.is_none() && began.elapsed() > Duration::from_secs(1) && is_whole(injector).await {
            found.workloads = Some(began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(LOOK).await;
    }
    found
}

/// Whether every workload has all its replicas ready.
pub(crate) async fn is_whole(injector: &Injector) -> bool {
    unready(injector).await.is_empty()
}

/// The workloads that do not have all their replicas ready.
pub(crate) async fn unready(injector: &Injector) -> Vec<String> {
    let client = &injector.setting.cluster.client;
    let all = ListParams::default();
    let deployment = |one: &Deployment| {
        let (wanted, status) = (one.spec.as_ref().and_then(|spec| spec.replicas), one.status.as_ref());
        status.and_then(|status| status.ready_replicas).unwrap_or(0) >= wanted.unwrap_or(1)
    };
    let set = |one: &StatefulSet| {
        let (wanted, status) = (one.spec.as_ref().and_then(|spec| spec.replicas), one.status.as_ref());
        status.and_then(|status| status.ready_replicas).unwrap_or(0) >= wanted.unwrap_or(1)
    };
    let mut unready = Vec::new();
    for namespace in [&injector.setting.namespace, &injector.setting.data_namespace] {
        let deployments: Api<Deployment> = Api::namespaced(client.clone(), namespace);
        let sets: Api<StatefulSet> = Api::namespaced(client.clone(), namespace);
        let (Ok(deployments), Ok(sets)) = (deployments.list(&all).await, sets.list(&all).await) else {
            return vec!["the API server does not answer".to_owned()];
        };
        unready.extend(deployments.items.iter().filter(|one| !deployment(one)).map(ResourceExt::name_any));
        unready.extend(sets.items.iter().filter(|one| !set(one)).map(ResourceExt::name_any));
    }
    unready
}
