//! Watches the objects of one kind and keeps them in a store.

use std::fmt::Debug;
use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use kube::{Api, Resource};
use kube_runtime::reflector::store::Writer;
use kube_runtime::watcher::{self, watcher};
use kube_runtime::{PredicateConfig, WatchStreamExt, predicates};
use tokio::sync::{Notify, watch};

/// The objects of a watch, kept in a store without their managed fields. `deleted` is notified of every deletion, and `complete`
/// becomes true when the first list is in the store.
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
        .inspect_err(|error| tracing::warn!(%error, "Watch interrupted; reconnecting."))
        .applied_objects()
        // A status that we wrote ourselves does not change the generation and triggers nothing.
        .predicate_filter(predicates::generation, PredicateConfig::default())
}
