//! Step 1, observe: collects everything that a decision about one delivery follows from. Reads Kubernetes and Kafka, writes nothing.

use std::sync::Arc;

use delivery_api::names::DELIVERY_UID_LABEL;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client};

use crate::base::objects::Objects;
use crate::base::subject::Subject;
use crate::deliveries::observed::{Facts, Observed, RouteView, has_ended};
use crate::deliveries::pods::PodView;
use crate::deliveries::unconfirmed::Unconfirmed;
use crate::error::Error;
use crate::log::connection::Log;
use crate::routes::examine;

/// What observing needs.
pub(crate) struct Observer {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub unconfirmed: Unconfirmed,
}

impl Observer {
    /// Observes a delivery.
    ///
    /// # Errors
    /// When the API server does not answer, or a route revision must be read from Kafka and cannot.
    pub(crate) async fn observe(&self, subject: Subject, now: Timestamp) -> Result<Observed, Error> {
        let pods = self.pods(&subject).await?;
        let facts = Facts::known(&subject, &pods);
        let route = self.route(&subject, &pods, &facts).await?;
        Ok(Observed {
            state: self.log.tables.states.get(&subject.key.uid),
            unconfirmed_since: self.unconfirmed.note(&subject.key.uid, facts.unconfirmed(), now),
            log_read: self.log.is_caught_up(),
            subject,
            pods,
            facts,
            route,
            now,
        })
    }

    /// The pods, listed now: a cache could still lack the one that was just created.
    async fn pods(&self, subject: &Subject) -> Result<Vec<PodView>, Error> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &subject.key.namespace);
        let selector = format!("{DELIVERY_UID_LABEL}={}", subject.key.uid);
        let pods = api.list(&ListParams::default().labels(&selector)).await.map_err(Error::api("list the pods"))?;
        Ok(pods.items.iter().map(PodView::of).collect())
    }

    /// The route that the delivery would start on. One that is running or has ended keeps the route that it has.
    async fn route(&self, subject: &Subject, pods: &[PodView], facts: &Facts) -> Result<RouteView, Error> {
        if has_ended(subject) {
            return Ok(RouteView::NotNeeded);
        }
        let running = pods.iter().any(|pod| !pod.is_terminating() && !pod.has_ended());
        let published = self.log.tables.plans.object(&subject.key.uid).is_some();
        if running && published && facts.route.is_some() {
            return Ok(RouteView::NotNeeded);
        }
        let current = self.current_route(subject);
        let Some(key) = &facts.route else { return Ok(current) };
        match current {
            RouteView::Ready(route) if route.key() == *key => Ok(RouteView::Ready(route)),
            // It started with a revision that is no longer the current one.
            _ if self.log.is_caught_up() => {
                let kept = self.log.read_route(key).await?;
                Ok(kept.map_or_else(|| RouteView::Gone { key: key.clone() }, |route| RouteView::Ready(Arc::new(route))))
            }
            _ => Ok(RouteView::NotNeeded),
        }
    }

    /// The route by the objects as they are now.
    fn current_route(&self, subject: &Subject) -> RouteView {
        if let Some(path) = &subject.spec.path {
            return match examine::inline(subject, path) {
                Ok(route) => RouteView::Ready(Arc::new(route)),
                Err(fault) => RouteView::BadPath { message: fault.to_string() },
            };
        }
        let name = subject.spec.route_ref.as_ref().map(|reference| reference.name.clone()).unwrap_or_default();
        let namespace = &subject.key.namespace;
        let Some(found) = self.objects.route(namespace, &name) else {
            return RouteView::Missing { name };
        };
        let found = match &found.0 {
            Ok(found) => found,
            Err(invalid) => {
                return RouteView::NotReady { name, message: format!("Its spec cannot be decoded: {invalid}.") };
            }
        };
        let all = self.objects.routes(namespace);
        match examine::examine(found, all.iter().filter_map(|other| other.0.as_ref().ok())) {
            Ok(route) => RouteView::Ready(Arc::new(route)),
            Err(fault) => RouteView::NotReady { name, message: fault.to_string() },
        }
    }
}
