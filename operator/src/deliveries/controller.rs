//! The control loop over the Deliveries of one namespace: what triggers a reconciliation, its limits, and what follows an error.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_api::names::DELIVERY_UID_LABEL;
use delivery_controller::backoff::Backoff;
use delivery_controller::reconcile::{readable, requeue_after, retry, within};
use delivery_controller::watch::Watch;
use delivery_observability::{Health, Heartbeat};
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};
use kube_runtime::controller::{Action, Config};
use kube_runtime::reflector::ObjectRef;
use kube_runtime::{Controller, PredicateConfig, WatchStreamExt, predicates, watcher};

use crate::base::metrics::Metrics;
use crate::base::objects::{GuardedDelivery, KINDS};
use crate::base::subject::Subject;
use crate::deliveries::reconcile::DeliveryReconciler;
use crate::error::Error;
use crate::leadership::guard::LeadershipGuard;

/// The maximum number of concurrent reconciliations.
const CONCURRENCY: u16 = 16;
/// A starting pod changes several times within moments; one reconciliation is enough.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// The time limit of a reconciliation.
const LIMIT: Duration = Duration::from_secs(30);

/// What the control loop needs.
pub(crate) struct DeliveryController {
    pub client: Client,
    pub guard: LeadershipGuard,
    pub metrics: Metrics,
    pub backoff: Backoff,
    /// Of all reconciliations.
    pub heartbeat: Heartbeat,
    pub reconciler: DeliveryReconciler,
}

impl DeliveryController {
    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        self.backoff.retain(|uid| exists.contains(uid));
        self.reconciler.keep(exists);
    }
}

/// Runs until `stop`.
pub(crate) async fn run(
    controller: Arc<DeliveryController>,
    watch: Watch<GuardedDelivery>,
    namespace: &str,
    health: Health,
    on_deleted: impl Fn() + Send + 'static,
    wake: impl Stream<Item = ObjectRef<GuardedDelivery>> + Send + 'static,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let pods: Api<Pod> = Api::namespaced(controller.client.clone(), namespace);
    let managed = watcher::Config::default().labels(DELIVERY_UID_LABEL).page_size(500);
    let (store, deliveries) = watch.start(controller.client.clone(), &KINDS, health, on_deleted);
    // A change of the status alone is our own write.
    Controller::for_stream(deliveries.predicate_filter(predicates::generation, PredicateConfig::default()), store)
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
    let Some(subject) = readable(&delivery).and_then(|delivery| Subject::of(delivery).ok()) else {
        controller.metrics.invalid_object();
        return Ok(Action::await_change());
    };
    let (begun, uid) = (Instant::now(), subject.key.uid.clone());
    let _round = controller.heartbeat.round();
    let _running = controller.metrics.reconciling();
    // Boxed, for it is large and the Controller keeps one for each object under reconciliation.
    match Box::pin(within(LIMIT, controller.reconciler.reconcile(subject, Timestamp::now()))).await {
        Ok(delay) => {
            controller.metrics.reconciled(begun.elapsed());
            controller.backoff.succeeded(&uid);
            Ok(requeue_after(delay))
        }
        Err(error) => {
            controller.metrics.failed(error.reason().as_str(), begun.elapsed());
            Err(error)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that Controller requires")]
fn failed(delivery: Arc<GuardedDelivery>, error: &Error, controller: Arc<DeliveryController>) -> Action {
    retry(delivery.as_ref(), error.reason().as_str(), error, &controller.backoff, error.max_delay())
}
