//! Fixtures for the tests of all folders, as a user, or the cluster, would write them.

pub(crate) mod kafka;
pub(crate) mod lease;
pub(crate) mod reading;
pub(crate) mod server;

use std::sync::Arc;

use delivery_api::Delivery;
use delivery_messages::{Route, State, StatePhase};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use crate::base::subject::Subject;
use crate::deliveries::observing::observed::Facts;
use crate::deliveries::observing::observed::{Observed, RouteView};
use crate::deliveries::observing::pods::PodView;
use crate::deliveries::plan::{Plan, plan};
use crate::deliveries::reporting::status::status;

/// The route that the Delivery refers to.
pub(crate) const ROUTE: &str = "
apiVersion: codedelivery.dev/v1alpha1
kind: DeliveryRoute
metadata: { name: primeiro, namespace: shop, uid: route-1, generation: 1 }
spec:
  id: '1'
  title: Primeiro
  path: [[-47.92923, -15.82594], [-47.92765, -15.82942]]
";

/// The key of that route's revision.
pub(crate) fn route_key() -> String {
    let route: delivery_api::DeliveryRoute = serde_yaml::from_str(ROUTE).unwrap();
    crate::routes::examine::examine(&route, std::iter::empty()).unwrap().key()
}

pub(crate) const NOW: &str = "2026-11-22T10:01:00Z";

/// A Delivery as the API server has it, with more lines in its spec.
pub(crate) fn delivery(spec: &str) -> Delivery {
    serde_yaml::from_str(&format!(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata:
  name: primeiro
  namespace: shop
  uid: 7d0c6a1e-0000-4000-8000-000000000001
  generation: 1
  resourceVersion: '100'
  creationTimestamp: 2026-11-22T10:00:00Z
spec: {{ routeRef: {{ name: primeiro }}, courier: moto-7, {spec} }}
"
    ))
    .unwrap()
}

/// A pod of that Delivery: its attempt, and more lines of its status.
pub(crate) fn pod_object(attempt: u32, status: &str) -> Pod {
    serde_yaml::from_str(&format!(
        "
metadata:
  name: {}
  namespace: shop
  uid: pod-{attempt}
  labels:
    codedelivery.dev/delivery-uid: 7d0c6a1e-0000-4000-8000-000000000001
  ownerReferences:
  - {{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, name: primeiro, uid: 7d0c6a1e-0000-4000-8000-000000000001 }}
  annotations:
    codedelivery.dev/attempt: '{attempt}'
    codedelivery.dev/route-revision: shop/primeiro@0123456789ab
status: {{ {status} }}
",
        pod_name(attempt)
    ))
    .unwrap()
}

pub(crate) fn pod_name(attempt: u32) -> String {
    crate::base::names::pod("primeiro", "7d0c6a1e-0000-4000-8000-000000000001", attempt)
}

pub(crate) fn pod(attempt: u32, status: &str) -> PodView {
    PodView::of(&pod_object(attempt, status), false)
}

pub(crate) const PENDING: &str = "phase: Pending";
pub(crate) const RUNNING: &str = "phase: Running, containerStatuses: [{ name: simulator, state: { running: {} } , ready: true, restartCount: 0, image: a, imageID: a }]";
pub(crate) const SUCCEEDED: &str = "phase: Succeeded, containerStatuses: [{ name: simulator, state: { terminated: { exitCode: 0, finishedAt: 2026-11-22T10:00:50Z } }, ready: false, restartCount: 0, image: a, imageID: a }]";
pub(crate) const EVICTED: &str = "phase: Failed, reason: Evicted, message: The node was low on memory.";

/// The same pod while it is deleted.
pub(crate) fn ending(mut pod: PodView, ends_by: &str) -> PodView {
    pod.ends_by = Some(ends_by.parse().unwrap());
    pod
}

pub(crate) fn state(seq: i64, phase: StatePhase) -> State {
    State {
        delivery_id: String::new(),
        version: State::version_of(seq, phase != StatePhase::Running),
        phase,
        start: at("2026-11-22T10:00:05Z").as_millisecond(),
        seq,
        at: at("2026-11-22T10:00:45.5Z").as_millisecond(),
        position: Some([-47.929_23, -15.825_94]),
        speed: 17.2,
        heading: 90.0,
        progress: 0.379,
        eta: at("2026-11-22T10:02:08Z").as_millisecond(),
        late_milliseconds: None,
        partition: 0,
        offset: 41,
        reason: None,
        pod: None,
    }
}

pub(crate) fn route() -> RouteView {
    RouteView::Ready(Arc::new(route_record()))
}

pub(crate) fn route_record() -> Route {
    Route {
        id: "1".to_owned(),
        namespace: "shop".to_owned(),
        name: "primeiro".to_owned(),
        revision: "0123456789ab".to_owned(),
        version: 1,
        title: "Primeiro".to_owned(),
        path: vec![[-47.929_23, -15.825_94], [-47.927_65, -15.829_42]],
        length_meters: 422.0,
        listed: true,
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn subject(spec: &str) -> Subject {
    Subject::of(&delivery(spec)).unwrap()
}

/// An observation that a test changes a little.
pub(crate) struct Scene {
    pub delivery: Delivery,
    pub pods: Vec<PodView>,
    pub state: Option<State>,
    pub route: RouteView,
    pub unconfirmed_since: Option<Timestamp>,
    pub silent_since: Option<Timestamp>,
    pub ending_since: Option<Timestamp>,
    pub log_read: bool,
    /// What keeps the log from having been read for this delivery.
    pub unread: Option<String>,
    pub now: Timestamp,
    /// By the clock that does not jump; if it is not given, the same.
    pub steady: Option<Timestamp>,
}

impl Scene {
    /// A new Delivery whose route is there.
    pub(crate) fn new(spec: &str) -> Self {
        Self {
            delivery: delivery(spec),
            pods: Vec::new(),
            state: None,
            route: route(),
            unconfirmed_since: None,
            silent_since: None,
            ending_since: None,
            log_read: true,
            unread: None,
            now: at(NOW),
            steady: None,
        }
    }

    pub(crate) fn pods(mut self, pods: impl Into<Vec<PodView>>) -> Self {
        self.pods = pods.into();
        self
    }

    pub(crate) fn state(mut self, seq: i64, phase: StatePhase) -> Self {
        self.state = Some(state(seq, phase));
        self
    }

    pub(crate) fn now(mut self, now: &str) -> Self {
        self.now = at(now);
        self
    }

    pub(crate) fn route(mut self, route: RouteView) -> Self {
        self.route = route;
        self
    }

    /// The Delivery with the status that this scene gives it, and another spec and generation.
    pub(crate) fn then(mut self, spec: &str) -> Self {
        let status = status(&self.observed(), &self.plan());
        let generation = self.delivery.metadata.generation.unwrap() + 1;
        self.delivery = delivery(spec);
        self.delivery.metadata.generation = Some(generation);
        self.delivery.status = Some(status);
        self
    }

    pub(crate) fn observed(&self) -> Observed {
        let subject = Subject::of(&self.delivery).unwrap();
        Observed {
            facts: Facts::known(&subject, &self.pods),
            subject,
            pods: self.pods.clone(),
            state: self.state.clone(),
            route: self.route.clone(),
            unconfirmed_since: self.unconfirmed_since,
            silent_since: self.silent_since,
            ending_since: self.ending_since,
            suspension: Some(jiff::SignedDuration::from_hours(24)),
            log_read: self.log_read,
            unread: self.unread.clone(),
            now: self.now,
            steady: self.steady.unwrap_or(self.now),
            agreed: self.log_read.then_some(self.now),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(&self.observed())
    }
}
