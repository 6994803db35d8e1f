//! The control loop over the Deliveries of one namespace: what triggers a reconciliation, its limits, and what follows an error.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_api::names::DELIVERY_UID_LABEL;
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::controller::{Action, Config};
use kube_runtime::reflector::{ObjectRef, Store};
use kube_runtime::{Controller, watcher};

use crate::base::backoff::Backoff;
use crate::base::metrics::Metrics;
use crate::base::objects::GuardedDelivery;
use crate::base::subject::{Subject, decoded};
use crate::deliveries::reconcile::DeliveryReconciler;
use crate::error::Error;
use crate::leadership::guard::LeadershipGuard;

/// The maximum of concurrent reconciliations.
const CONCURRENCY: u16 = 16;
/// A starting pod changes several times within moments; one reconciliation is enough.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// The time limit of a reconciliation, in seconds.
const LIMIT: u64 = 30;

/// What the control loop needs.
pub struct DeliveryController {
    pub client: Client,
    pub guard: LeadershipGuard,
    pub metrics: Metrics,
    pub backoff: Backoff,
    pub reconciler: DeliveryReconciler,
}

impl DeliveryController {
    /// Forgets the objects that are gone.
    pub fn keep(&self, exists: &HashSet<String>) {
        self.backoff.keep(|uid| exists.contains(uid));
        self.reconciler.keep(exists);
    }
}

/// Runs until `stop`.
pub async fn run(
    controller: Arc<DeliveryController>,
    deliveries: impl Stream<Item = Result<GuardedDelivery, watcher::Error>> + Send + 'static,
    store: Store<GuardedDelivery>,
    namespace: &str,
    wake: impl Stream<Item = ObjectRef<GuardedDelivery>> + Send + 'static,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let pods: Api<Pod> = Api::namespaced(controller.client.clone(), namespace);
    let managed = watcher::Config::default().labels(DELIVERY_UID_LABEL).page_size(500);
    Controller::for_stream(deliveries, store)
        .owns(pods, managed)
        .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE))
        .reconcile_on(wake)
        .reconcile_all_on(controller.reconciler.log.resyncs())
        .graceful_shutdown_on(stop)
        .run(limited, failed, controller)
        .for_each(|_| futures::future::ready(()))
        .await;
}

async fn limited(delivery: Arc<GuardedDelivery>, controller: Arc<DeliveryController>) -> Result<Action, Error> {
    if !controller.guard.holds() {
        // All are reconciled when this process becomes the leader.
        return Ok(Action::await_change());
    }
    let begun = Instant::now();
    let subject = match decoded(&delivery).and_then(|(_, decoded)| Ok(Subject::of(decoded)?)) {
        Ok(subject) => subject,
        Err(error) => {
            controller.metrics.invalid_object();
            tracing::warn!(namespace = delivery.namespace(), delivery = delivery.name_any(), %error, "Cannot decode a Delivery.");
            return Ok(Action::await_change());
        }
    };
    let uid = subject.key.uid.clone();
    let reconciling = controller.reconciler.reconcile(subject, Timestamp::now());
    let reconciled = tokio::time::timeout(Duration::from_secs(LIMIT), reconciling).await;
    let result = reconciled.unwrap_or(Err(Error::Timeout(LIMIT)));
    let seconds = begun.elapsed().as_secs_f64();
    match result {
        Ok(requeue_after) => {
            controller.metrics.reconciled(seconds);
            controller.backoff.succeeded(&uid);
            Ok(requeue_after.map_or_else(Action::await_change, Action::requeue))
        }
        Err(error) => {
            controller.metrics.failed(error.reason().as_str(), seconds);
            Err(error)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that Controller requires")]
fn failed(delivery: Arc<GuardedDelivery>, error: &Error, controller: Arc<DeliveryController>) -> Action {
    let wait = controller.backoff.failed(delivery.meta().uid.as_deref().unwrap_or_default());
    let (namespace, delivery, wait_seconds) = (delivery.namespace(), delivery.name_any(), wait.as_secs());
    tracing::warn!(namespace, delivery, reason = error.reason().as_str(), %error, wait_seconds, "Reconciliation failed.");
    Action::requeue(wait)
}
