//! The control loop over the Deliveries of one namespace: what wakes a reconciliation, its limits, and what follows an error.

use crate::context::Context;
use crate::error::Error;
use crate::objects::GuardedDelivery;
use crate::reconcile::reconcile;
use futures::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Resource, ResourceExt};
use kube_runtime::controller::{Action, Config};
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{ObjectRef, Store};
use kube_runtime::watcher::{self, watcher};
use kube_runtime::{Controller, PredicateConfig, WatchStreamExt, predicates};
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// The most reconciliations at once.
const CONCURRENCY: u16 = 16;
/// A pod that starts changes many times at once; one look is enough.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// The most seconds of a reconciliation.
const LIMIT: u64 = 30;

/// The objects of a watch, kept in a store without what only the API server needs. `deleted` is told of every deletion, and
/// `complete` becomes true when all objects are in the store.
pub fn watched<K>(
    api: Api<K>,
    writer: Writer<K>,
    deleted: Arc<Notify>,
    complete: watch::Sender<bool>,
) -> impl Stream<Item = Result<K, watcher::Error>>
where
    K: Resource<DynamicType = ()> + Clone + Debug + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    watcher(api, watcher::Config::default().page_size(100))
        .default_backoff()
        .modify(|object| object.meta_mut().managed_fields = None)
        .reflect(writer)
        .inspect_ok(move |event| {
            if matches!(event, watcher::Event::Delete(_) | watcher::Event::InitDone) {
                deleted.notify_one();
            }
            if matches!(event, watcher::Event::InitDone) {
                complete.send_replace(true);
            }
        })
        .inspect_err(|error| tracing::warn!(%error, "A watch is interrupted and begins again."))
        .applied_objects()
        // A status that we wrote ourselves is no news.
        .predicate_filter(predicates::generation, PredicateConfig::default())
}

/// Runs until `stop`.
pub async fn run(
    context: Arc<Context>,
    deliveries: impl Stream<Item = Result<GuardedDelivery, watcher::Error>> + Send + 'static,
    store: Store<GuardedDelivery>,
    namespace: &str,
    wake: impl Stream<Item = ObjectRef<GuardedDelivery>> + Send + 'static,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), namespace);
    let managed = watcher::Config::default().labels(delivery_api::names::DELIVERY_UID_LABEL).page_size(500);
    Controller::for_stream(deliveries, store)
        .owns(pods, managed)
        .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE))
        .reconcile_on(wake)
        .reconcile_all_on(whenever_read(&context))
        .graceful_shutdown_on(stop)
        .run(timed, failed, context)
        .for_each(|_| futures::future::ready(()))
        .await;
}

/// An item when this process leads, and each time that the log has been read to its end.
pub fn whenever_read(context: &Context) -> impl Stream<Item = ()> + use<> {
    let changes = |of| {
        futures::stream::unfold(of, |mut of: watch::Receiver<bool>| async move {
            of.changed().await.ok()?;
            Some(((), of))
        })
    };
    futures::stream::select(changes(context.leading.clone()), changes(context.log_read.subscribe()))
}

async fn timed(delivery: Arc<GuardedDelivery>, context: Arc<Context>) -> Result<Action, Error> {
    if !context.tenure.holds() {
        // When it is this process's turn, all are looked at.
        return Ok(Action::await_change());
    }
    let begun = Instant::now();
    let uid = delivery.uid().unwrap_or_default();
    let delivery = match &delivery.0 {
        Ok(delivery) => delivery,
        Err(invalid) => {
            context.metrics.invalid_object();
            tracing::warn!(delivery = delivery.name_any(), error = %invalid, "A Delivery cannot be read.");
            return Ok(Action::await_change());
        }
    };
    let limited =
        tokio::time::timeout(Duration::from_secs(LIMIT), reconcile(&context, delivery, Timestamp::now())).await;
    let result = limited.unwrap_or(Err(Error::Timeout(LIMIT)));
    let seconds = begun.elapsed().as_secs_f64();
    match result {
        Ok(again) => {
            context.metrics.reconciled(seconds);
            context.backoff.succeeded(&uid);
            Ok(again.map_or_else(Action::await_change, Action::requeue))
        }
        Err(error) => {
            context.metrics.failed(error.reason(), seconds);
            Err(error)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that Controller asks for")]
fn failed(delivery: Arc<GuardedDelivery>, error: &Error, context: Arc<Context>) -> Action {
    let wait = context.backoff.failed(&delivery.uid().unwrap_or_default());
    let (delivery, wait_seconds) = (delivery.name_any(), wait.as_secs());
    tracing::warn!(delivery, reason = error.reason(), %error, wait_seconds, "A reconciliation failed.");
    Action::requeue(wait)
}
