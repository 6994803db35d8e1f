//! The two control loops of one watched namespace, and the stores between them.

use crate::context::Context;
use crate::objects::{GuardedDelivery, GuardedRoute, Watched};
use crate::routes::Routes;
use crate::wake::Wake;
use crate::{controller, routes};
use futures::Stream;
use kube::Api;
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{self, ObjectRef, Store};
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// A store, who fills it, and who tells that it is complete.
struct Filled<K: reflector::Lookup + Clone + 'static>
where
    K::DynamicType: Clone + Eq + Hash + Debug,
{
    store: Store<K>,
    writer: Writer<K>,
    complete: watch::Sender<bool>,
}

/// The control loops of one namespace, before they run.
pub struct Loops {
    namespace: String,
    deliveries: Filled<GuardedDelivery>,
    routes: Filled<GuardedRoute>,
    wakings: Box<dyn Stream<Item = ObjectRef<GuardedDelivery>> + Send + Unpin>,
}

impl Loops {
    /// Prepares the loops, and what others see of the namespace.
    pub fn new(namespace: &str, wake: &mut Wake) -> (Self, Watched) {
        let (deliveries, delivery_writer) = reflector::store();
        let (routes, route_writer) = reflector::store();
        let (all_deliveries, deliveries_complete) = watch::channel(false);
        let (all_routes, routes_complete) = watch::channel(false);
        let loops = Self {
            namespace: namespace.to_owned(),
            deliveries: Filled { store: deliveries.clone(), writer: delivery_writer, complete: all_deliveries },
            routes: Filled { store: routes.clone(), writer: route_writer, complete: all_routes },
            wakings: Box::new(Box::pin(wake.namespace(namespace))),
        };
        let namespace = namespace.to_owned();
        (loops, Watched { namespace, deliveries, routes, deliveries_complete, routes_complete })
    }

    /// Runs both loops until `stop`.
    pub async fn run<F>(self, context: Arc<Context>, wake: Wake, deleted: Arc<Notify>, stop: impl Fn() -> F)
    where
        F: Future<Output = ()> + Send + Sync + 'static,
    {
        let (namespace, client) = (self.namespace, context.client.clone());
        let Filled { store, writer, complete } = self.routes;
        let stream =
            controller::watched(Api::namespaced(client.clone(), &namespace), writer, Arc::clone(&deleted), complete);
        let shared = Arc::new(Routes { context: Arc::clone(&context), wake });
        let routes = routes::run(shared, stream, store, stop());
        let Filled { store, writer, complete } = self.deliveries;
        let stream = controller::watched(Api::namespaced(client, &namespace), writer, deleted, complete);
        let deliveries = controller::run(context, stream, store, &namespace, self.wakings, stop());
        tokio::join!(routes, deliveries);
    }
}
