//! The control loop over the `KafkaConnectors` of one namespace: what triggers a reconciliation, its limits, and
//! the retry after an error. Imports `super::reconciliation`.

use std::future::{Future, ready};
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_controller::error::ApiError;
use delivery_controller::reconcile::{TimedOut, readable, requeue_after, retry, within};
use delivery_controller::watch::{Watch, changes};
use delivery_observability::{Health, Heartbeat};
use futures::StreamExt;
use jiff::Timestamp;
use kube::ResourceExt;
use kube_runtime::controller::{Action, Config};
use kube_runtime::{Controller, Predicate, PredicateConfig, WatchStreamExt, predicates};
use tokio::sync::watch;

use super::context::Context;
use super::reconciliation::reconcile;
use crate::strimzi::connector::{GuardedConnector, KINDS};

/// How many reconciliations run at once in a namespace.
const CONCURRENCY: u16 = 8;
/// Several changes in a row need one reconciliation.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// How long a reconciliation may take; each request in it has a limit of its own.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);
/// The longest delay after the API server refused something.
const MAX_DELAY: Duration = Duration::from_mins(1);

/// The loop of one namespace, before it runs.
pub(crate) struct ControlLoop {
    /// What all reconciliations share.
    pub context: Arc<Context>,
    /// Where a missing kind is reported.
    pub health: Health,
    /// The sign of life of the reconciliations.
    pub heartbeat: Heartbeat,
    /// Incremented when an object is deleted.
    pub deleted: watch::Sender<u64>,
    /// Changes when a Kafka Connect cluster is available again.
    pub restored: watch::Receiver<u64>,
}

impl ControlLoop {
    /// Runs until `stop`.
    pub(crate) async fn run(
        self,
        watch: Watch<GuardedConnector>,
        stop: impl Future<Output = ()> + Send + Sync + 'static,
    ) {
        let Self { context, health, heartbeat, deleted, restored } = self;
        let on_deleted = move || deleted.send_modify(|count| *count += 1);
        let (store, objects) = watch.start(context.client.clone(), &KINDS, health, on_deleted);
        // A change of the status alone is our own write; annotations and labels ask for something.
        let relevant = predicates::generation.combine(predicates::annotations).combine(predicates::labels);
        Controller::for_stream(objects.predicate_filter(relevant, PredicateConfig::default()), store)
            .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE))
            .reconcile_all_on(changes(restored))
            .graceful_shutdown_on(stop)
            .run(
                move |object, context| {
                    let heartbeat = heartbeat.clone();
                    async move { heartbeat.during(Box::pin(reconcile_one(object, context))).await }
                },
                failed,
                context,
            )
            .for_each(|_| ready(()))
            .await;
    }
}

async fn reconcile_one(object: Arc<GuardedConnector>, context: Arc<Context>) -> Result<Action, Failure> {
    let Some(connector) = readable(&object) else {
        context.metrics.reconciliations.invalid();
        return Ok(Action::await_change());
    };
    let started = Instant::now();
    let _running = context.metrics.reconciliations.begin();
    let (namespace, name) = (connector.namespace().unwrap_or_default(), connector.name_any());
    let reconciliation = async { Ok(reconcile(&context, &namespace, &name, Timestamp::now()).await?) };
    let result = within(LIMIT, reconciliation).await;
    match &result {
        Ok(_) => context.metrics.reconciliations.succeeded(started.elapsed()),
        Err(_) => context.metrics.reconciliations.failed(started.elapsed()),
    }
    result.map(requeue_after)
}

/// Why a reconciliation did not complete.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

impl Failure {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Api(error) => error.reason(),
            Self::TimedOut(error) => error.reason(),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that Controller requires")]
fn failed(object: Arc<GuardedConnector>, error: &Failure, context: Arc<Context>) -> Action {
    retry(&*object, error.reason(), error, &context.backoff, MAX_DELAY)
}
