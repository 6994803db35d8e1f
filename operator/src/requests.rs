//! Start requests: which Delivery a record of `route.new-direction` becomes, or why none.
//!
//! Deciding is pure; [`serve`] asks the API server to create what was decided. A request has one identity for ever, and its
//! Delivery a name that follows from it, so that the same request twice is one Delivery. It is done when its plan is in the log:
//! from then on it makes no other, even when the Delivery is gone; nor does one that is erased.

use crate::act::publish_plan;
use crate::active::admit;
use crate::context::Context;
use crate::error::answered;
use crate::inbox::{Later, Outcome, Rejection};
use crate::names;
use crate::record::{self, RouteOfPlan};
use crate::retention::Retention;
use crate::route::examine;
use crate::view::Facts;
use delivery_api::names::{CLIENT_ID_ANNOTATION, REQUEST_ID_ANNOTATION, TRACEPARENT_ANNOTATION};
use delivery_api::{Delivery, DeliverySpec, RouteRef};
use delivery_messages::{Millis, NewDirection, PlanPhase, Route};
use jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, ResourceExt};

/// The most names that are tried for one request: another request with the same hash is next to impossible.
const TURNS: u32 = 3;

/// A request, and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What identifies it: its own id, else where its record is.
    pub identity: String,
    /// What it asks for.
    pub direction: NewDirection,
    /// The trace that it is part of.
    pub trace: Option<String>,
}

/// Where and when a request was found.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Its record's topic, partition and offset.
    pub place: String,
    /// When the broker took it.
    pub at: Millis,
    /// The trace context of the record, if it is a valid one.
    pub trace: Option<String>,
}

impl Request {
    /// The answer to who asked.
    #[must_use]
    pub fn rejected(&self, reason: &'static str, message: String) -> Rejection {
        Rejection { reason, message, request_id: Some(self.identity.clone()) }
    }
}

/// Reads a request.
///
/// # Errors
/// When it cannot be understood.
pub fn read(origin: &Origin, value: Option<&[u8]>) -> Result<Request, Rejection> {
    match NewDirection::decode(value) {
        Ok(direction) => {
            let identity = direction.request_id.clone().unwrap_or_else(|| origin.place.clone());
            Ok(Request { identity, direction, trace: origin.trace.clone() })
        }
        Err(error) => Err(Rejection {
            reason: error.reason(),
            message: error.to_string(),
            // A record of another shape may name its request all the same, and who sent it waits for an answer.
            request_id: value.and_then(named_request),
        }),
    }
}

fn named_request(value: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(value).ok()?;
    value.get("requestId")?.as_str().filter(|id| !id.is_empty()).map(|id| id.chars().take(253).collect())
}

/// The Delivery that a request becomes on a route; `turn` as in [`names::requested_delivery`].
#[must_use]
pub fn delivery(request: &Request, route: &str, turn: u32, namespace: &str, ttl: Option<u32>) -> Delivery {
    let direction = &request.direction;
    let defaults = DeliverySpec::default();
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let mut delivery = Delivery::new(
        &names::requested_delivery(route, &request.identity, turn),
        DeliverySpec {
            route_ref: Some(RouteRef { name: route.to_owned() }),
            courier: text(&direction.courier),
            vehicle: text(&direction.vehicle),
            speed_kmh: direction.speed_kmh,
            interval_milliseconds: direction.interval_milliseconds.unwrap_or(defaults.interval_milliseconds),
            seed: direction.seed.unwrap_or(defaults.seed),
            ttl_seconds_after_finished: ttl,
            ..defaults
        },
    );
    delivery.metadata.namespace = Some(namespace.to_owned());
    let annotations = delivery.annotations_mut();
    annotations.insert(REQUEST_ID_ANNOTATION.to_owned(), request.identity.clone());
    annotations.insert(CLIENT_ID_ANNOTATION.to_owned(), direction.client_id.clone());
    if let Some(trace) = &request.trace {
        annotations.insert(TRACEPARENT_ANNOTATION.to_owned(), trace.clone());
    }
    delivery
}

/// Whether a request is so old that Kafka need not have it any more. Nobody remembers then whether it was a delivery before.
///
/// # Errors
/// When it is.
pub fn fresh(request: &Request, at: Millis, kept: Option<Millis>, now: Millis) -> Result<(), Rejection> {
    if Retention::is_over(kept, Some(at), now) {
        let message = "It is older than requests are kept; send another, with another requestId.".to_owned();
        return Err(request.rejected("RequestExpired", message));
    }
    Ok(())
}

/// What there is under the name that a request's Delivery would have.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Nothing.
    Nobody,
    /// The Delivery of this very request.
    Ours(Box<Delivery>),
    /// The Delivery of another request, or of a person.
    Another,
}

impl Found {
    /// Whose a Delivery is.
    #[must_use]
    pub fn of(delivery: Option<Delivery>, identity: &str) -> Self {
        match delivery {
            None => Self::Nobody,
            Some(found) if found.annotations().get(REQUEST_ID_ANNOTATION).is_some_and(|id| id == identity) => {
                Self::Ours(Box::new(found))
            }
            Some(_) => Self::Another,
        }
    }
}

/// Serves one record.
///
/// # Errors
/// When the API server or Kafka does not answer, or answers as it should not: the record waits.
pub async fn serve(context: &Context, origin: &Origin, value: Option<&[u8]>) -> Result<Outcome, Later> {
    let request = match read(origin, value) {
        Ok(request) => request,
        Err(rejection) => return Ok(Outcome::Rejected(rejection)),
    };
    // Said of a request that comes again, too; a dead letter of it would keep what is to be forgotten.
    if context.erased.contains(&request.identity) {
        return Ok(Outcome::Done("erased"));
    }
    if context.plans.has_request(&request.identity) {
        return Ok(Outcome::Done("repeated"));
    }
    let kept = Retention::of(&context.config).requests;
    let admitted = fresh(&request, origin.at, kept, Timestamp::now().as_millisecond());
    match admitted.and_then(|()| route(context, &request)) {
        Ok(route) => make(context, &request, &route).await,
        Err(rejection) => Ok(Outcome::Rejected(rejection)),
    }
}

/// Makes the Delivery, if it is not there, and its plan.
async fn make(context: &Context, request: &Request, route: &(String, Route)) -> Result<Outcome, Later> {
    let (namespace, limits) = (&context.config.requests.namespace, &context.config.requests);
    let api: Api<Delivery> = Api::namespaced(context.client.clone(), namespace);
    for turn in 0..TURNS {
        let delivery = delivery(request, &route.0, turn, namespace, limits.ttl_seconds_after_finished);
        let name = delivery.name_any();
        let found = api.get_opt(&name).await;
        let found = found.map_err(|error| Later(format!("The Delivery {name} cannot be looked at: {error}.")))?;
        match Found::of(found, &request.identity) {
            Found::Ours(found) => {
                accept(context, &found, &route.1).await?;
                return Ok(Outcome::Done("repeated"));
            }
            Found::Another => continue,
            Found::Nobody => {}
        }
        let deliveries = context.objects.deliveries_in(namespace);
        let active = context.recent.active(&request.direction.client_id, &deliveries);
        if let Err(rejection) = admit(request, active, limits.max_active, limits.max_active_per_client) {
            return Ok(Outcome::Rejected(rejection));
        }
        return match api.create(&PostParams::default(), &delivery).await {
            Ok(created) => {
                tracing::info!(delivery = name, request = request.identity, "A request became a Delivery.");
                context.recent.note(name, request.direction.client_id.clone());
                accept(context, &created, &route.1).await?;
                Ok(Outcome::Done("created"))
            }
            // Made at this very moment; the next look finds whose it is.
            Err(error) if answered(&error, 409) => Err(Later(error.to_string())),
            Err(kube::Error::Api(status)) if status.code == 422 || status.code == 400 => {
                let message = format!("Kubernetes refuses the Delivery: {}", status.message);
                Ok(Outcome::Rejected(request.rejected("InvalidRequest", message)))
            }
            Err(kube::Error::Api(status)) if status.code == 403 && status.message.contains("exceeded quota") => {
                let message = format!("The namespace {namespace} has no room for another delivery: {}", status.message);
                Ok(Outcome::Rejected(request.rejected("TooManyActive", message)))
            }
            Err(error) => Err(Later(format!("The Delivery {name} cannot be created: {error}."))),
        };
    }
    Err(Later(format!("{TURNS} names for the request {} are taken by others.", request.identity)))
}

/// Writes the plan of a Delivery that a request became, before the request counts as served: who deletes the Delivery a moment
/// later, and who is killed, must not make it another one. The reconciliation finds it written.
async fn accept(context: &Context, delivery: &Delivery, route: &Route) -> Result<(), Later> {
    let (facts, key) = (Facts::known(delivery, &[]), route.key());
    let planned = delivery.uid().is_some_and(|uid| context.plans.knows(&uid));
    // What is fixed of it on another revision is for the reconciliation to write.
    if planned || facts.route.as_ref().is_some_and(|fixed| *fixed != key) {
        return Ok(());
    }
    let route_of_plan = RouteOfPlan { id: &route.id, key: &key };
    let phase = if delivery.spec.suspend { PlanPhase::Suspended } else { PlanPhase::Accepted };
    let plan = record::plan(delivery, phase, route_of_plan, &facts, &context.config.source);
    publish_plan(context, delivery, &plan, Some(route)).await.map_err(|error| Later(error.to_string()))
}

/// The name of the DeliveryRoute that a request means, and its present revision.
fn route(context: &Context, request: &Request) -> Result<(String, Route), Rejection> {
    let namespace = &context.config.requests.namespace;
    let id = &request.direction.route_id;
    let all = context.objects.routes(namespace);
    let routes = || all.iter().filter_map(|route| route.0.as_ref().ok());
    let mut fault = None;
    for route in routes().filter(|route| route.route_id() == id) {
        match examine(route, routes()) {
            Ok(found) => return Ok((route.name_any(), found)),
            Err(found) => fault = Some(found.message),
        }
    }
    Err(match fault {
        Some(fault) => request.rejected("RouteNotReady", format!("The route {id} cannot be driven: {fault}")),
        None => request.rejected(
            "UnknownRoute",
            format!("There is no route {id} in the namespace {namespace}; GET /routes lists those that there are."),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(place: &str) -> Origin {
        Origin { place: place.to_owned(), ..Origin::default() }
    }

    fn read_at(place: &str, value: &[u8]) -> Result<Request, Rejection> {
        read(&origin(place), Some(value))
    }

    const PLACE: &str = "route.new-direction/0/41";

    #[test]
    fn the_original_clients_request_twice_is_two_deliveries() {
        let value = br#"{"routeId":"1","clientId":"vX3kq"}"#;
        let first = read_at(PLACE, value).unwrap();
        let second = read_at("route.new-direction/0/42", value).unwrap();
        let names = [first, second].map(|request| delivery(&request, "primeiro", 0, "shop", None).name_any());
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.starts_with("primeiro-")));
    }

    #[test]
    fn a_request_with_an_id_is_one_delivery_wherever_its_record_is() {
        let value = br#"{"routeId":"1","clientId":"a","requestId":"r-1"}"#;
        let first = read_at(PLACE, value).unwrap();
        assert_eq!(first, read_at("route.new-direction/2/7", value).unwrap());
        assert_eq!(first.identity, "r-1");
    }

    #[test]
    fn a_request_becomes_a_delivery_with_all_that_it_asks_for() {
        let value =
            br#"{"routeId":"1","clientId":"c","requestId":"r","courier":"moto-7","vehicle":"","speedKmh":40,"seed":7}"#;
        let made = delivery(&read_at(PLACE, value).unwrap(), "primeiro", 0, "shop", Some(60));
        let spec = &made.spec;
        assert_eq!(spec.route_ref.as_ref().map(|route| route.name.as_str()), Some("primeiro"));
        assert_eq!((spec.courier.as_deref(), spec.vehicle.as_deref()), (Some("moto-7"), None));
        assert_eq!((spec.speed_kmh, spec.interval_milliseconds, spec.seed), (Some(40), 500, 7));
        assert_eq!(spec.ttl_seconds_after_finished, Some(60));
        assert_eq!(made.annotations()[REQUEST_ID_ANNOTATION], "r");
        assert_eq!(made.annotations()[CLIENT_ID_ANNOTATION], "c");
        made.validate_cel().unwrap();
    }

    #[test]
    fn what_cannot_be_understood_is_rejected_and_answered() {
        let rejection = read_at(PLACE, br#"{"routeId":1,"requestId":"r-9"}"#).unwrap_err();
        assert_eq!((rejection.reason, rejection.request_id.as_deref()), ("MalformedRecord", Some("r-9")));
        let large = vec![b'x'; 2_000_000];
        let rejection = read_at(PLACE, &large).unwrap_err();
        assert_eq!((rejection.reason, rejection.request_id), ("MalformedRecord", None));
        assert_eq!(read(&origin(PLACE), None).unwrap_err().reason, "EmptyRecord");
    }

    #[test]
    fn the_trace_of_a_request_is_that_of_its_delivery() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let origin = Origin { trace: Some(trace.to_owned()), ..origin(PLACE) };
        let made = delivery(&read(&origin, Some(br#"{"routeId":"1"}"#)).unwrap(), "primeiro", 0, "shop", None);
        assert_eq!(crate::trace::of(&made), trace);
        let plain = delivery(&read_at(PLACE, br#"{"routeId":"1"}"#).unwrap(), "primeiro", 0, "shop", None);
        assert!(!plain.annotations().contains_key(TRACEPARENT_ANNOTATION));
    }

    #[test]
    fn a_request_that_nobody_remembers_any_more_is_rejected() {
        let request = read_at(PLACE, br#"{"routeId":"1"}"#).unwrap();
        assert_eq!(fresh(&request, 10, Some(100), 109), Ok(()));
        assert_eq!(fresh(&request, 10, None, Millis::MAX), Ok(()));
        assert_eq!(fresh(&request, 10, Some(100), 110).unwrap_err().reason, "RequestExpired");
    }
}
