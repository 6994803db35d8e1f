//! How long until all is well again after a step: positions in the log, positions at the clients, workloads, start requests.
//!
//! Watching changes nothing. What is not well within patience is left open, and the judge sees what became of it.

use crate::client::Client;
use crate::harm::Hand;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::Api;
use kube::api::ListParams;
use serde::Serialize;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(100);

/// What was measured, in seconds from the step; absent: not within patience.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recovery {
    /// Until every delivery under way had another position in the log.
    pub(crate) log: Option<f64>,
    /// Until every client had another position.
    pub(crate) clients: Option<f64>,
    /// From when a start request was sent with the step until it had become a delivery.
    pub(crate) request: Option<f64>,
    /// Until every workload of the product and its data was as it should be.
    pub(crate) workloads: Option<f64>,
}

impl Recovery {
    /// Whether all of it is well.
    pub(crate) const fn is_complete(&self) -> bool {
        self.log.is_some() && self.clients.is_some() && self.request.is_some() && self.workloads.is_some()
    }
}

/// Watches until all is well, or patience is at its end.
pub(crate) async fn watch(hand: &Hand, (request, sent): (&str, Instant)) -> Recovery {
    let (began, began_at) = (Instant::now(), jiff::Timestamp::now().as_millisecond());
    let mut found = Recovery::default();
    while !found.is_complete() && began.elapsed() < hand.setting.size.patience {
        let now = began.elapsed().as_secs_f64();
        let (silent, under_way, asked) = hand.pulse.with(|rhythm| {
            (
                rhythm.silent_since(began).count(),
                rhythm.under_way(),
                rhythm.requests.get(request).map(|(when, _)| *when),
            )
        });
        if silent == 0 {
            found.log.get_or_insert(now);
        }
        // Whoever has never been let in, by a version that lacks what it asks for, has nothing to recover.
        let heard = |client: &Client| {
            client.heard.load(Ordering::Relaxed) > began_at || client.connections.load(Ordering::Relaxed) == 0
        };
        // When nothing is under way any more nobody hears anything.
        if under_way == 0 || hand.clients.iter().all(|client| heard(client)) {
            found.clients.get_or_insert(now);
        }
        if let Some(when) = asked {
            found.request = found.request.or_else(|| Some(when.saturating_duration_since(sent).as_secs_f64()));
        }
        // A look at the API server is dearer, and what was just killed looks well until somebody notices.
        if found.workloads.is_none() && began.elapsed() > Duration::from_secs(1) && is_whole(hand).await {
            found.workloads = Some(began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(LOOK).await;
    }
    found
}

/// Whether every workload has all its replicas ready.
pub(crate) async fn is_whole(hand: &Hand) -> bool {
    let client = &hand.setting.cluster.client;
    let all = ListParams::default();
    for namespace in [&hand.setting.namespace, &hand.setting.data_namespace] {
        let deployments: Api<Deployment> = Api::namespaced(client.clone(), namespace);
        let sets: Api<StatefulSet> = Api::namespaced(client.clone(), namespace);
        let (Ok(deployments), Ok(sets)) = (deployments.list(&all).await, sets.list(&all).await) else { return false };
        let deployment = |one: &Deployment| {
            let (wanted, status) = (one.spec.as_ref().and_then(|spec| spec.replicas), one.status.as_ref());
            status.and_then(|status| status.ready_replicas).unwrap_or(0) >= wanted.unwrap_or(1)
        };
        let set = |one: &StatefulSet| {
            let (wanted, status) = (one.spec.as_ref().and_then(|spec| spec.replicas), one.status.as_ref());
            status.and_then(|status| status.ready_replicas).unwrap_or(0) >= wanted.unwrap_or(1)
        };
        if !deployments.iter().all(deployment) || !sets.iter().all(set) {
            return false;
        }
    }
    true
}
