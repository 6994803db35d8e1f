//! The two control loops of one watched namespace.

use std::future::Future;
use std::sync::Arc;

use delivery_controller::watch::Watch;
use delivery_observability::Health;
use futures::Stream;
use kube_runtime::reflector::ObjectRef;

use crate::base::objects::{GuardedDelivery, GuardedRoute, Namespace};
use crate::base::wake::Wake;
use crate::deliveries::controller;
use crate::routes;
use crate::run::operator::Operator;

/// The control loops of one namespace, before they run.
pub(crate) struct Loops {
    namespace: String,
    deliveries: Watch<GuardedDelivery>,
    routes: Watch<GuardedRoute>,
    triggers: Box<dyn Stream<Item = ObjectRef<GuardedDelivery>> + Send + Unpin>,
}

impl Loops {
    /// Prepares the loops, and the objects that they will watch.
    pub(crate) fn new(namespace: &str, wake: &mut Wake) -> (Self, Namespace) {
        let (deliveries, watched_deliveries) = Watch::new(namespace);
        let (routes, watched_routes) = Watch::new(namespace);
        let triggers = Box::new(Box::pin(wake.namespace(namespace)));
        let loops = Self { namespace: namespace.to_owned(), deliveries, routes, triggers };
        (loops, Namespace { deliveries: watched_deliveries, routes: watched_routes })
    }

    /// Runs both loops until `stop`.
    pub(crate) async fn run<F>(self, operator: &Operator, health: &Health, stop: impl Fn() -> F)
    where
        F: Future<Output = ()> + Send + Sync + 'static,
    {
        let on_deleted = || {
            let deleted = Arc::clone(&operator.deleted);
            move || deleted.notify_one()
        };
        let reconciler = Arc::clone(&operator.routes);
        let routes = routes::reconcile::run(reconciler, self.routes, health.clone(), on_deleted(), stop());
        let deliveries = controller::run(
            Arc::clone(&operator.deliveries),
            self.deliveries,
            &self.namespace,
            health.clone(),
            on_deleted(),
            self.triggers,
            stop(),
        );
        tokio::join!(routes, deliveries);
    }
}
