//! Step 1, observe: collects everything that a decision about one delivery follows from. Reads Kubernetes and Kafka, writes nothing.

use std::sync::Arc;
use std::time::Instant;

use delivery_api::names::DELIVERY_UID_LABEL;
use delivery_messages::{Route, Topic};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client, Resource};

use crate::base::names;
use crate::base::objects::Objects;
use crate::base::steady::SteadyClock;
use crate::base::subject::Subject;
use crate::deliveries::observing::agreed::AgreedClock;
use crate::deliveries::observing::ending::Ending;
use crate::deliveries::observing::observed::{Facts, Observed, RouteView, has_ended};
use crate::deliveries::observing::ownership::{belongs_to, is_orphan_of, is_stray};
use crate::deliveries::observing::pods::PodView;
use crate::deliveries::observing::silence::Silence;
use crate::deliveries::observing::unconfirmed::Unconfirmed;
use crate::error::Error;
use crate::log::connection::Log;
use crate::routes::examine;
use crate::tables::reading::Gap;

/// What observing needs.
pub(crate) struct Observer {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub unconfirmed: Unconfirmed,
    pub silence: Silence,
    pub ending: Ending,
    /// By which it is measured how long something has been seen.
    pub steady: SteadyClock,
    /// How long a delivery from a request may be suspended.
    pub suspension: Option<SignedDuration>,
    /// By which deliveries are deleted that have been over, or suspended, for long enough.
    pub clock: AgreedClock,
}

impl Observer {
    /// Observes a delivery.
    ///
    /// # Errors
    /// When the API server does not answer, or a route revision must be read from Kafka and cannot.
    pub(crate) async fn observe(&self, subject: Subject, now: Timestamp) -> Result<Observed, Error> {
        // The pods of one that has ended stay with it, and nothing follows from them any more.
        let pods = if has_ended(&subject) { Vec::new() } else { self.pods(&subject).await? };
        let facts = Facts::known(&subject, &pods);
        let (route, gap) = self.route(&subject, &pods, &facts).await?;
        let gap = self.log.gap_of_delivery(&subject.key.uid).or(gap);
        let (log_read, tables) = (gap.is_none(), &self.log.tables);
        let state = tables.states.get(&subject.key.uid);
        let newest = || tables.states.newest().max(tables.plans.newest());
        let steady = self.steady.now();
        Ok(Observed {
            silent_since: self.silence.note(&subject.key.uid, &pods, state.as_ref(), steady),
            state,
            unconfirmed_since: self.unconfirmed.note(&subject.key.uid, facts.unconfirmed(), steady),
            ending_since: self.ending.note(&subject.key.uid, &pods, steady),
            suspension: self.suspension,
            log_read,
            unread: gap.filter(|_| self.log.is_caught_up()).map(|gap| gap.to_string()),
            agreed: log_read.then(|| self.clock.read(now, Instant::now(), newest)),
            subject,
            pods,
            facts,
            route,
            now,
            steady,
        })
    }

    /// The pods, listed now: a cache could still lack the one that was just created. The list may have pods of others with our label, and
    /// lack the pod of the recorded attempt if that has lost it.
    async fn pods(&self, subject: &Subject) -> Result<Vec<PodView>, Error> {
        let key = &subject.key;
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &key.namespace);
        let selector = format!("{DELIVERY_UID_LABEL}={}", key.uid);
        let listed = api.list(&ListParams::default().labels(&selector)).await.map_err(Error::api("list the pods"))?;
        let mut pods = listed.items;
        let recorded = subject.status.as_ref().and_then(|status| status.attempt).filter(|attempt| *attempt > 0);
        if let Some(name) = recorded.map(|attempt| names::pod(&key.name, &key.uid, attempt))
            && pods.iter().all(|pod| pod.meta().name.as_ref() != Some(&name))
        {
            pods.extend(api.get_opt(&name).await.map_err(Error::api("read the pod of the recorded attempt"))?);
        }
        let ours = pods.iter().filter(|pod| belongs_to(*pod, key) || is_orphan_of(*pod, key));
        Ok(ours.map(|pod| PodView::of(pod, is_stray(pod, key))).collect())
    }

    /// The route that the delivery would start on, and what must be read before it can be found or published. A delivery that is running or has
    /// ended keeps the route that it has.
    async fn route(
        &self,
        subject: &Subject,
        pods: &[PodView],
        facts: &Facts,
    ) -> Result<(RouteView, Option<Gap>), Error> {
        if has_ended(subject) {
            return Ok((RouteView::NotNeeded, None));
        }
        let running = pods.iter().any(|pod| !pod.is_terminating() && !pod.has_ended());
        let published = self.log.tables.plans.object(&subject.key.uid).is_some();
        if running && published && facts.route.is_some() {
            return Ok((RouteView::NotNeeded, None));
        }
        let current = self.current_route(subject);
        let gap_of = |route: Option<&Route>| route.and_then(|route| self.log.gap_of_route(route));
        let Some(key) = &facts.route else {
            let gap = gap_of(current.ready());
            return Ok((current, gap));
        };
        if current.ready().is_some_and(|route| route.key() == *key) {
            let gap = gap_of(current.ready());
            return Ok((current, gap));
        }
        // It started with a revision that is no longer the current one.
        if let Some(gap) = self.log.gap(Topic::Catalogue, key) {
            return Ok((RouteView::NotNeeded, Some(gap)));
        }
        let kept = self.log.read_route(key).await?;
        let gone = || RouteView::Gone { key: key.clone() };
        Ok((kept.map_or_else(gone, |route| RouteView::Ready(Arc::new(route))), None))
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
