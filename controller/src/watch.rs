//! The objects of one kind in one namespace, listed and watched into a store. May import [`crate::kinds`].
//!
//! An interruption is logged once, however long it lasts. Which changes deserve a reconciliation (kube's predicates) is left
//! to the operator.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_observability::Health;
use futures::{Stream, TryStreamExt};
use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Client, Resource};
use kube_runtime::WatchStreamExt;
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{self, Lookup, Store};
use kube_runtime::watcher::{self, watcher};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::kinds::Kinds;

/// How many objects one page of a list has.
const PAGE_SIZE: u32 = 100;

/// How long after its last failure a watch counts as failing. It is retried at least once a minute, and a retry that succeeds shows in
/// nothing but that no further failure follows.
const FAILING: Duration = Duration::from_secs(90);

/// What is known of the objects of one kind in a namespace.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Whether all have been listed once: an object that is not in the store does not exist only then.
    pub is_complete: bool,
    /// Why they could not be listed or watched the last time, and when that was.
    failure: Option<(Problem, Instant)>,
}

impl Listing {
    /// All are listed and watched.
    #[must_use]
    pub const fn complete() -> Self {
        Self { is_complete: true, failure: None }
    }

    /// A list or a watch could not be begun. True when that is news.
    pub fn fail(&mut self, problem: Problem) -> bool {
        let before = self.failure.take().map(|(problem, _)| problem);
        let is_new = before.as_ref() != Some(&problem);
        self.failure = Some((problem, Instant::now()));
        is_new
    }

    /// Why they cannot be listed or watched now.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        let (problem, at) = self.failure.as_ref()?;
        (!self.is_complete || at.elapsed() < FAILING).then_some(problem)
    }
}

/// Why the objects of a namespace cannot be listed or watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status, if the API server answered with one.
    pub code: Option<u16>,
    /// Whether the answer came and could not be read.
    pub is_unreadable: bool,
    /// What the API server or the client says.
    pub message: String,
}

impl Problem {
    /// From the error of a list, or of the start of a watch. A watch that breaks off is begun again at once, which is no problem.
    fn of(error: &watcher::Error) -> Option<Self> {
        let (watcher::Error::InitialListFailed(source) | watcher::Error::WatchStartFailed(source)) = error else {
            return None;
        };
        let code = if let kube::Error::Api(status) = source { Some(status.code) } else { None };
        let is_unreadable = matches!(source, kube::Error::SerdeError(_) | kube::Error::FromUtf8(_));
        Some(Self { code, is_unreadable, message: source.to_string() })
    }
}

/// The objects of one kind in a watched namespace, read only.
pub struct Watched<K: Lookup + Clone + 'static>
where
    K::DynamicType: Clone + Debug + Eq + Hash,
{
    /// The namespace.
    pub namespace: String,
    /// The objects, as the watch last brought them.
    pub store: Store<K>,
    /// What is known of them.
    pub listing: watch::Receiver<Listing>,
}

impl<K: Lookup + Clone + 'static> Watched<K>
where
    K::DynamicType: Clone + Debug + Eq + Hash,
{
    /// Waits until all objects have been listed once. (A store's own `wait_until_ready` wakes only one waiter.)
    ///
    /// # Errors
    /// When the watch has ended.
    pub async fn wait_until_complete(&self) -> Result<(), watch::error::RecvError> {
        self.listing.clone().wait_for(|listing| listing.is_complete).await.map(|_| ())
    }

    /// Whether all objects have been listed once.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.listing.borrow().is_complete
    }
}

/// A watch before it starts.
pub struct Watch<K: Lookup + Clone + 'static>
where
    K::DynamicType: Clone + Debug + Eq + Hash,
{
    namespace: String,
    store: Store<K>,
    writer: Writer<K>,
    listing: watch::Sender<Listing>,
}

impl<K> Watch<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    /// A watch of that namespace, and the objects that it will fill.
    #[must_use]
    pub fn new(namespace: &str) -> (Self, Watched<K>) {
        let (store, writer) = reflector::store();
        let (listing, known) = watch::channel(Listing::default());
        let watched = Watched { namespace: namespace.to_owned(), store: store.clone(), listing: known };
        (Self { namespace: namespace.to_owned(), store, writer, listing }, watched)
    }

    /// Starts: the store, and the created and changed objects, whose stream drives the watch. Both are for `Controller::for_stream`.
    ///
    /// `on_deleted` is called for each deletion, and when a list is complete: what was deleted while the watch was interrupted shows
    /// only in the list. While the kind is gone, [`Health`] says so.
    pub fn start(
        self,
        client: Client,
        kinds: &'static Kinds,
        health: Health,
        on_deleted: impl Fn() + Send + 'static,
    ) -> (Store<K>, impl Stream<Item = Result<K, watcher::Error>> + Send + 'static) {
        let Self { namespace, store, writer, listing } = self;
        let failed = listing.clone();
        let api: Api<K> = Api::namespaced(client, &namespace);
        let kind = K::kind(&()).into_owned();
        let interrupted = Arc::new(AtomicBool::new(false));
        let (failing, restored) = (Arc::clone(&interrupted), interrupted);
        let (failing_health, failing_kind, failing_namespace) = (health.clone(), kind.clone(), namespace.clone());
        let objects = watcher(api, watcher::Config::default().page_size(PAGE_SIZE))
            .default_backoff()
            .modify(|object| object.meta_mut().managed_fields = None)
            .reflect(writer)
            .inspect_ok(move |event| {
                if matches!(event, watcher::Event::Delete(_) | watcher::Event::InitDone) {
                    on_deleted();
                }
                if matches!(event, watcher::Event::Apply(_) | watcher::Event::Delete(_)) {
                    listing.send_if_modified(|listing| listing.failure.take().is_some());
                }
                if matches!(event, watcher::Event::InitDone) {
                    listing.send_replace(Listing::complete());
                    health.dependency(kinds.dependency, None);
                    if restored.swap(false, Ordering::Relaxed) {
                        tracing::info!(kind, namespace, "Watch restored.");
                    }
                }
            })
            .inspect_err(move |error| {
                failed.send_if_modified(|listing| Problem::of(error).is_some_and(|problem| listing.fail(problem)));
                if is_missing(error) {
                    failing_health.dependency(kinds.dependency, Some(kinds.missing.to_owned()));
                }
                if !failing.swap(true, Ordering::Relaxed) {
                    let (kind, namespace) = (&failing_kind, &failing_namespace);
                    tracing::warn!(kind, namespace, %error, "Watch interrupted; retrying until it is restored.");
                }
            })
            .applied_objects();
        (store, objects)
    }
}

/// Whether the API server does not serve the kind any more.
fn is_missing(error: &watcher::Error) -> bool {
    matches!(
        error,
        watcher::Error::InitialListFailed(kube::Error::Api(status)) | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            if status.code == 404
    )
}

/// An item for each change of the value, for `Controller::reconcile_all_on`. It ends with the sender.
pub fn changes<T: Send + Sync + 'static>(receiver: watch::Receiver<T>) -> impl Stream<Item = ()> + Send + use<T> {
    futures::stream::unfold(receiver, |mut receiver| async move {
        receiver.changed().await.ok()?;
        Some(((), receiver))
    })
}

#[cfg(test)]
#[path = "tests/watch.rs"]
mod tests;
