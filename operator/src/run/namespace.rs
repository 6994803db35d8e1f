//! The two control loops of one watched namespace, and the stores between them.

use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;

use futures::Stream;
use kube::Api;
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{self, ObjectRef, Store};
use tokio::sync::watch;

use crate::base::objects::{GuardedDelivery, GuardedRoute, Watched};
use crate::base::wake::Wake;
use crate::base::watch::watched;
use crate::deliveries::controller;
use crate::routes;
use crate::run::operator::Operator;

/// A store, its writer, and the signal that its first list is complete.
struct Watch<K: reflector::Lookup + Clone + 'static>
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
    deliveries: Watch<GuardedDelivery>,
    routes: Watch<GuardedRoute>,
    triggers: Box<dyn Stream<Item = ObjectRef<GuardedDelivery>> + Send + Unpin>,
}

impl Loops {
    /// Prepares the loops, and what other parts see of the namespace.
    pub fn new(namespace: &str, wake: &mut Wake) -> (Self, Watched) {
        let (deliveries, delivery_writer) = reflector::store();
        let (routes, route_writer) = reflector::store();
        let (all_deliveries, deliveries_complete) = watch::channel(false);
        let (all_routes, routes_complete) = watch::channel(false);
        let loops = Self {
            namespace: namespace.to_owned(),
            deliveries: Watch { store: deliveries.clone(), writer: delivery_writer, complete: all_deliveries },
            routes: Watch { store: routes.clone(), writer: route_writer, complete: all_routes },
            triggers: Box::new(Box::pin(wake.namespace(namespace))),
        };
        let namespace = namespace.to_owned();
        (loops, Watched { namespace, deliveries, routes, deliveries_complete, routes_complete })
    }

    /// Runs both loops until `stop`.
    pub async fn run<F>(self, operator: &Operator, stop: impl Fn() -> F)
    where
        F: Future<Output = ()> + Send + Sync + 'static,
    {
        let (namespace, client) = (self.namespace, &operator.deliveries.client);
        let Watch { store, writer, complete } = self.routes;
        let api = Api::namespaced(client.clone(), &namespace);
        let stream = watched(api, writer, Arc::clone(&operator.deleted), complete);
        let routes = routes::reconcile::run(Arc::clone(&operator.routes), stream, store, stop());
        let Watch { store, writer, complete } = self.deliveries;
        let api = Api::namespaced(client.clone(), &namespace);
        let stream = watched(api, writer, Arc::clone(&operator.deleted), complete);
        let controller = Arc::clone(&operator.deliveries);
        let deliveries = controller::run(controller, stream, store, &namespace, self.triggers, stop());
        tokio::join!(routes, deliveries);
    }
}
