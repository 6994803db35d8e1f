//! The control loop over the `KafkaConnectors` of one namespace: what wakes a reconciliation, its limits, and what follows an error.

use crate::connector::GuardedConnector;
use crate::context::Context;
use crate::definitions::{ABSENT, DEPENDENCY};
use crate::error::ApiError;
use crate::objects::Watched;
use crate::reconcile::reconcile;
use delivery_observability::Health;
use futures::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use kube::{Api, Resource, ResourceExt};
use kube_runtime::controller::{Action, Config};
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{self, Store};
use kube_runtime::watcher::{self, watcher};
use kube_runtime::{Controller, Predicate, PredicateConfig, WatchStreamExt, predicates};
use std::future::{Future, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The most reconciliations at once in a namespace.
const CONCURRENCY: u16 = 8;
/// Several changes in a row need one look.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// The most time of a reconciliation; each question in it has a limit of its own.
const LIMIT: Duration = Duration::from_mins(2);
/// The longest wait after the API server refused something.
const LONGEST: Duration = Duration::from_mins(1);

/// The control loop of one namespace, before it runs.
pub struct Loop {
    namespace: String,
    store: Store<GuardedConnector>,
    writer: Writer<GuardedConnector>,
    complete: watch::Sender<bool>,
}

impl Loop {
    /// Prepares the loop, and what others see of the namespace.
    #[must_use]
    pub fn new(namespace: &str) -> (Self, Watched) {
        let (store, writer) = reflector::store();
        let (complete, completed) = watch::channel(false);
        let watched = Watched { namespace: namespace.to_owned(), connectors: store.clone(), complete: completed };
        (Self { namespace: namespace.to_owned(), store, writer, complete }, watched)
    }

    /// Runs until `stop`.
    pub async fn run(
        self,
        context: Arc<Context>,
        health: Health,
        stop: impl Future<Output = ()> + Send + Sync + 'static,
    ) {
        let Self { namespace, store, writer, complete } = self;
        let api: Api<GuardedConnector> = Api::namespaced(context.client.clone(), &namespace);
        let stream = connectors(api, writer, complete, Arc::clone(&context), health);
        Controller::for_stream(stream, store)
            .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE))
            .reconcile_all_on(returns(&context))
            .graceful_shutdown_on(stop)
            .run(timed, failed, context)
            .for_each(|_| ready(()))
            .await;
    }
}

/// The objects, kept in a store. What only a status changed is no news; annotations and labels are.
fn connectors(
    api: Api<GuardedConnector>,
    writer: Writer<GuardedConnector>,
    complete: watch::Sender<bool>,
    context: Arc<Context>,
    health: Health,
) -> impl Stream<Item = Result<GuardedConnector, watcher::Error>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let (away, back) = (health.clone(), Arc::clone(&interrupted));
    watcher(api, watcher::Config::default().page_size(100))
        .default_backoff()
        .modify(|object| object.meta_mut().managed_fields = None)
        .reflect(writer)
        .inspect_ok(move |event| {
            if matches!(event, watcher::Event::Delete(_) | watcher::Event::InitDone) {
                context.deleted.send_modify(|count| *count += 1);
            }
            if matches!(event, watcher::Event::InitDone) {
                complete.send_replace(true);
                health.dependency(DEPENDENCY, None);
                if back.swap(false, Ordering::Relaxed) {
                    tracing::info!("The watch goes on.");
                }
            }
        })
        .inspect_err(move |error| {
            if is_absent(error) {
                away.dependency(DEPENDENCY, Some(ABSENT.to_owned()));
            }
            if !interrupted.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "The watch is interrupted; it begins again as soon as it can.");
            }
        })
        .applied_objects()
        .predicate_filter(
            predicates::generation.combine(predicates::annotations).combine(predicates::labels),
            PredicateConfig::default(),
        )
}

/// Whether the kind is not served any more.
fn is_absent(error: &watcher::Error) -> bool {
    matches!(
        error,
        watcher::Error::InitialListFailed(kube::Error::Api(status)) | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            if status.code == 404
    )
}

/// An item each time that a Kafka Connect cluster comes back.
fn returns(context: &Context) -> impl Stream<Item = ()> + use<> {
    futures::stream::unfold(context.returned.subscribe(), |mut returned| async move {
        returned.changed().await.ok()?;
        Some(((), returned))
    })
}

async fn timed(connector: Arc<GuardedConnector>, context: Arc<Context>) -> Result<Action, Failure> {
    let begun = Instant::now();
    let (namespace, name) = (connector.namespace().unwrap_or_default(), connector.name_any());
    if let Err(invalid) = &connector.0 {
        context.metrics.reconciled("invalid", begun.elapsed());
        tracing::warn!(namespace, connector = name, error = %invalid, "A KafkaConnector cannot be read.");
        return Ok(Action::await_change());
    }
    let limited = tokio::time::timeout(LIMIT, reconcile(&context, &namespace, &name, Timestamp::now())).await;
    let result = limited.map_err(|_| Failure::Timeout).and_then(|result| Ok(result?));
    context.metrics.reconciled(if result.is_ok() { "success" } else { "error" }, begun.elapsed());
    Ok(result?.map_or_else(Action::await_change, Action::requeue))
}

/// Why a reconciliation did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("The reconciliation took longer than {} s.", LIMIT.as_secs())]
    Timeout,
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that Controller asks for")]
fn failed(connector: Arc<GuardedConnector>, error: &Failure, context: Arc<Context>) -> Action {
    let (_, wait) = context.backoff.failed(&connector.uid().unwrap_or_default(), LONGEST);
    let (namespace, connector) = (connector.namespace(), connector.name_any());
    tracing::warn!(namespace, connector, %error, wait_seconds = wait.as_secs(), "A reconciliation failed.");
    Action::requeue(wait)
}
