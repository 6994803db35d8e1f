//! Serves start requests: creates the Delivery that a request becomes, and publishes its plan.
//!
//! A request counts as served when its plan is in the log: from then on it creates no other Delivery, even when the first one is
//! gone. Nor does an erased request.

use std::sync::Arc;
use std::time::Instant;

use delivery_api::Delivery;
use delivery_messages::{Millis, PlanPhase, Route};
use delivery_observability::traces::{Kind, NewSpan, Span};
use jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client, ResourceExt};

use crate::base::api::answered;
use crate::base::config::Requests;
use crate::base::objects::Objects;
use crate::base::subject::Subject;
use crate::base::trace;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::deliveries::observing::agreed::AgreedClock;
use crate::deliveries::observing::observed::Facts;
use crate::log::connection::Log;
use crate::requests::admission::Recent;
use crate::requests::outcome::{Outcome, Refusal, Rejection, Retry};
use crate::requests::request::{Found, Origin, Request, delivery, fresh, read};
use crate::routes::examine::examine;
use crate::tables::retention::Retention;

/// How many names are tried for one request: two requests with the same hash are very unlikely.
const TURNS: u32 = 3;

/// What serving start requests needs.
pub(crate) struct Starter {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub settings: Requests,
    pub retention: Retention,
    /// The source of our plans: see [`delivery_messages::Plan::source`].
    pub source: String,
    pub recent: Recent,
    /// By which a request is too old.
    pub clock: AgreedClock,
}

impl Starter {
    /// Serves one record.
    ///
    /// # Errors
    /// When the API server or Kafka does not answer, or not as expected: the record must be retried.
    pub(crate) async fn serve(&self, origin: &Origin, value: Option<&[u8]>) -> Result<Outcome, Retry> {
        let request = match read(origin, value) {
            Ok(request) => request,
            Err(rejection) => return Ok(Outcome::Rejected(rejection)),
        };
        // Before anything else: a dead letter of an erased request would keep what must be forgotten.
        if self.log.tables.erased.contains(&request.identity) {
            return Ok(Outcome::Erased);
        }
        if self.log.tables.plans.has_request(&request.identity) {
            return Ok(Outcome::Repeated);
        }
        let route = self.fresh(&request, origin).and_then(|()| self.route(&request));
        match route {
            Ok((name, route)) => {
                if let Some(gap) = self.log.gap_of_route(&route) {
                    return Err(Retry::Unread(gap));
                }
                let served = Box::pin(self.create(&request, &name, &route));
                span(&request, origin.at).noting(served, note).await
            }
            Err(rejection) => {
                span(&request, origin.at).failed(&rejection.refusal);
                Ok(Outcome::Rejected(rejection))
            }
        }
    }

    /// Whether a request is young enough to be served. A refusal is for good, so no single clock decides it: not ours, which may be ahead of
    /// those of the brokers, and not that of the broker of the record, which may have been put back.
    fn fresh(&self, request: &Request, origin: &Origin) -> Result<(), Rejection> {
        let (tables, at) = (&self.log.tables, origin.at.max(origin.after));
        let newest = || tables.states.newest().max(tables.plans.newest()).max(Some(at));
        let agreed = self.clock.read(Timestamp::now(), Instant::now(), newest);
        fresh(request, at, self.retention.requests, agreed.as_millisecond())
    }

    /// Creates the Delivery, unless it exists, and publishes its plan.
    async fn create(&self, request: &Request, route_name: &str, route: &Route) -> Result<Outcome, Retry> {
        let namespace = &self.settings.namespace;
        let api: Api<Delivery> = Api::namespaced(self.client.clone(), namespace);
        for turn in 0..TURNS {
            let ttl = self.settings.ttl_seconds_after_finished;
            let delivery = delivery(request, route_name, turn, namespace, ttl);
            let name = delivery.name_any();
            let found = match api.get_opt(&name).await {
                Ok(found) => found,
                Err(error) => return self.failed(request, "read", &name, error),
            };
            match Found::of(found, &request.identity) {
                Found::Ours(found) => {
                    self.publish(&found, route).await?;
                    return Ok(Outcome::Repeated);
                }
                Found::Another => continue,
                Found::Nothing => {}
            }
            let known = || self.objects.deliveries_in(namespace);
            if let Err(rejection) = self.recent.admit(request, &name, known, &self.settings) {
                return Ok(Outcome::Rejected(rejection));
            }
            let created = api.create(&PostParams::default(), &delivery).await;
            // One that exists counts: an earlier attempt, which was given up, has created it.
            if let Err(kube::Error::Api(status)) = &created
                && status.code != 409
            {
                self.recent.forget(&name);
            }
            return match created {
                Ok(created) => {
                    let (request_id, trace_id) = (&request.identity, request.trace.as_deref().map(trace::id));
                    tracing::info!(
                        namespace,
                        delivery = name,
                        request = request_id,
                        trace_id,
                        "Created a Delivery for a request."
                    );
                    self.publish(&created, route).await?;
                    Ok(Outcome::Created)
                }
                Err(error) if answered(&error, 409) => Err(Retry::Raced(name)),
                Err(error) => self.failed(request, "create", &name, error),
            };
        }
        let taken = Refusal::NamesTaken { turns: TURNS, request: request.identity.clone() };
        Ok(Outcome::Rejected(request.rejected(taken)))
    }

    /// What follows from an error of the API server.
    fn failed(
        &self,
        request: &Request,
        action: &'static str,
        name: &str,
        error: kube::Error,
    ) -> Result<Outcome, Retry> {
        match Refusal::by_the_api_server(&error, &self.settings.namespace) {
            Some(refusal) => Ok(Outcome::Rejected(request.rejected(refusal))),
            None => Err(Retry::api(action, name)(error)),
        }
    }

    /// Publishes the plan of a request's Delivery before the request counts as served: should the Delivery be deleted, or this
    /// process killed, right afterwards, the request must not create another one. The reconciliation finds the plan published.
    async fn publish(&self, delivery: &Delivery, route: &Route) -> Result<(), Retry> {
        let subject = Subject::of(delivery)?;
        let (facts, key) = (Facts::known(&subject, &[]), route.key());
        // A delivery that is fixed to another revision is left to the reconciliation.
        if self.log.tables.plans.knows(&subject.key.uid) || facts.route.as_ref().is_some_and(|fixed| *fixed != key) {
            return Ok(());
        }
        let phase = if subject.spec.suspend { PlanPhase::Suspended } else { PlanPhase::Accepted };
        let plan = record::plan(&subject, phase, RouteOfPlan { id: &route.id, key: &key }, &facts, &self.source);
        self.log.publish_plan(&plan, &subject.traceparent, Some(route)).await?;
        Ok(())
    }

    /// The name of the DeliveryRoute that a request means, and its current revision.
    fn route(&self, request: &Request) -> Result<(String, Route), Rejection> {
        let namespace = &self.settings.namespace;
        let id = &request.direction.route_id;
        let all = self.objects.routes(namespace);
        let routes = || all.iter().filter_map(|route| route.0.as_ref().ok());
        let mut fault = None;
        for route in routes().filter(|route| route.route_id() == id) {
            match examine(route, routes()) {
                Ok(found) => return Ok((route.name_any(), found)),
                Err(found) => fault = Some(found.to_string()),
            }
        }
        Err(request.rejected(match fault {
            Some(fault) => Refusal::RouteNotReady { route: id.clone(), fault },
            None => Refusal::UnknownRoute { route: id.clone(), namespace: namespace.clone() },
        }))
    }
}

/// Notes in a request's span why it was rejected, or is tried again.
fn note(span: &mut Span, served: &Result<Outcome, Retry>) {
    if let Ok(Outcome::Rejected(rejection)) = served {
        span.failed(&rejection.refusal);
    }
    span.outcome(served);
}

/// The span of a request that came with a trace, since Kafka has it.
fn span(request: &Request, at: Millis) -> Span {
    let Some(parent) = request.trace.as_deref() else { return Span::default() };
    let mut span =
        NewSpan { name: "serve request", kind: Kind::Consumer, parent: Some(parent), since: Some(at) }.begin();
    span.text("request", &request.identity);
    span.text("route.id", &request.direction.route_id);
    span
}
