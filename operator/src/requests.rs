//! Start requests: which Delivery a record of `route.new-direction` becomes, or why none.
//!
//! Deciding is pure; [`serve`] asks the API server to create what was decided. A request has one identity for ever, and its
//! Delivery a name that follows from it, so that the same request twice is one Delivery.

use crate::context::Context;
use crate::error::answered;
use crate::inbox::{Later, Outcome, Rejection};
use crate::names;
use crate::objects::{GuardedDelivery, phase};
use crate::route::examine;
use delivery_api::names::{CLIENT_ID_ANNOTATION, REQUEST_ID_ANNOTATION};
use delivery_api::{Delivery, DeliverySpec, RouteRef};
use delivery_messages::NewDirection;
use kube::api::PostParams;
use kube::{Api, ResourceExt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most names that are tried for one request: another request with the same hash is next to impossible.
const TURNS: u32 = 3;
/// How long a created Delivery may take to come back by the watch.
const ECHO: Duration = Duration::from_mins(1);

/// A request, and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What identifies it: its own id, else where its record is.
    pub identity: String,
    /// What it asks for.
    pub direction: NewDirection,
}

impl Request {
    fn rejected(&self, reason: &'static str, message: String) -> Rejection {
        Rejection { reason, message, request_id: Some(self.identity.clone()) }
    }
}

/// Reads a request; `place` is its record's topic, partition and offset.
///
/// # Errors
/// When it cannot be understood.
pub fn read(place: &str, value: Option<&[u8]>) -> Result<Request, Rejection> {
    match NewDirection::decode(value) {
        Ok(direction) => {
            let identity = direction.request_id.clone().unwrap_or_else(|| place.to_owned());
            Ok(Request { identity, direction })
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
    delivery
}

/// How many deliveries have not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// In all.
    pub all: usize,
    /// Of the client that asks; 0 for one without a name.
    pub of_client: usize,
}

/// Whether one more may be started.
///
/// # Errors
/// When it is one too many.
pub fn admit(request: &Request, active: Active, most: usize, most_of_client: usize) -> Result<(), Rejection> {
    if active.all >= most {
        let message =
            format!("{} deliveries are under way, and no more than {most} may be; try again later.", active.all);
        return Err(request.rejected("TooManyActive", message));
    }
    if active.of_client >= most_of_client {
        let message = format!(
            "This client has {} deliveries under way, and may have no more than {most_of_client}; try again later.",
            active.of_client
        );
        return Err(request.rejected("TooManyActive", message));
    }
    Ok(())
}

/// The Deliveries that were created a moment ago and that the watch has not brought yet: name, and whose.
#[derive(Debug, Default)]
pub struct Recent(Mutex<HashMap<String, (String, Instant)>>);

impl Recent {
    fn note(&self, name: String, client: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, (client, Instant::now()));
    }

    /// Counts what has not ended, the newest included.
    fn active(&self, client: &str, deliveries: &[Arc<GuardedDelivery>]) -> Active {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut active = Active::default();
        let mut count = |of: Option<&str>| {
            active.all += 1;
            active.of_client += usize::from(!client.is_empty() && of == Some(client));
        };
        for delivery in deliveries {
            recent.remove(&delivery.name_any());
            if !phase(delivery).is_final() {
                count(delivery.annotations().get(CLIENT_ID_ANNOTATION).map(String::as_str));
            }
        }
        recent.retain(|_, (_, created)| created.elapsed() < ECHO);
        recent.values().for_each(|(client, _)| count(Some(client)));
        active
    }
}

/// Serves one record.
///
/// # Errors
/// When the API server does not answer, or answers as it should not: the record waits.
pub async fn serve(context: &Context, place: &str, value: Option<&[u8]>) -> Result<Outcome, Later> {
    let request = match read(place, value) {
        Ok(request) => request,
        Err(rejection) => return Ok(Outcome::Rejected(rejection)),
    };
    if context.plans.has_request(&request.identity) {
        return Ok(Outcome::Done("repeated"));
    }
    let namespace = &context.config.requests.namespace;
    let route = match route(context, &request) {
        Ok(route) => route,
        Err(rejection) => return Ok(Outcome::Rejected(rejection)),
    };
    let api: Api<Delivery> = Api::namespaced(context.client.clone(), namespace);
    let limits = &context.config.requests;
    for turn in 0..TURNS {
        let delivery = delivery(&request, &route, turn, namespace, limits.ttl_seconds_after_finished);
        let name = delivery.name_any();
        match whose(&api, &name, &request.identity).await? {
            Whose::Ours => return Ok(Outcome::Done("repeated")),
            Whose::Another => continue,
            Whose::Nobody => {}
        }
        let deliveries = context.objects.deliveries_in(namespace);
        let active = context.recent.active(&request.direction.client_id, &deliveries);
        if let Err(rejection) = admit(&request, active, limits.max_active, limits.max_active_per_client) {
            return Ok(Outcome::Rejected(rejection));
        }
        return match api.create(&PostParams::default(), &delivery).await {
            Ok(_) => {
                tracing::info!(delivery = name, request = request.identity, "A request became a Delivery.");
                context.recent.note(name, request.direction.client_id.clone());
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

/// The name of the DeliveryRoute that a request means.
fn route(context: &Context, request: &Request) -> Result<String, Rejection> {
    let namespace = &context.config.requests.namespace;
    let id = &request.direction.route_id;
    let all = context.objects.routes(namespace);
    let routes = || all.iter().filter_map(|route| route.0.as_ref().ok());
    let mut fault = None;
    for route in routes().filter(|route| route.route_id() == id) {
        match examine(route, routes()) {
            Ok(_) => return Ok(route.name_any()),
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

enum Whose {
    Nobody,
    Ours,
    Another,
}

/// Whether there is a Delivery of that name, and of which request.
async fn whose(api: &Api<Delivery>, name: &str, identity: &str) -> Result<Whose, Later> {
    let found = api
        .get_metadata_opt(name)
        .await
        .map_err(|error| Later(format!("The Delivery {name} cannot be looked at: {error}.")))?;
    Ok(match found {
        None => Whose::Nobody,
        Some(found) if found.annotations().get(REQUEST_ID_ANNOTATION).is_some_and(|id| id == identity) => Whose::Ours,
        Some(_) => Whose::Another,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "route.new-direction/0/41";

    #[test]
    fn the_original_clients_request_twice_is_two_deliveries() {
        let value = br#"{"routeId":"1","clientId":"vX3kq"}"#;
        let first = read(PLACE, Some(value)).unwrap();
        let second = read("route.new-direction/0/42", Some(value)).unwrap();
        let names = [first, second].map(|request| delivery(&request, "primeiro", 0, "shop", None).name_any());
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.starts_with("primeiro-")));
    }

    #[test]
    fn a_request_with_an_id_is_one_delivery_wherever_its_record_is() {
        let value = br#"{"routeId":"1","clientId":"a","requestId":"r-1"}"#;
        let first = read(PLACE, Some(value)).unwrap();
        assert_eq!(first, read("route.new-direction/2/7", Some(value)).unwrap());
        assert_eq!(first.identity, "r-1");
    }

    #[test]
    fn a_request_becomes_a_delivery_with_all_that_it_asks_for() {
        let value =
            br#"{"routeId":"1","clientId":"c","requestId":"r","courier":"moto-7","vehicle":"","speedKmh":40,"seed":7}"#;
        let made = delivery(&read(PLACE, Some(value)).unwrap(), "primeiro", 0, "shop", Some(60));
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
        let rejection = read(PLACE, Some(br#"{"routeId":1,"requestId":"r-9"}"#)).unwrap_err();
        assert_eq!((rejection.reason, rejection.request_id.as_deref()), ("MalformedRecord", Some("r-9")));
        let large = vec![b'x'; 2_000_000];
        let rejection = read(PLACE, Some(&large)).unwrap_err();
        assert_eq!((rejection.reason, rejection.request_id), ("MalformedRecord", None));
        assert_eq!(read(PLACE, None).unwrap_err().reason, "EmptyRecord");
    }

    #[test]
    fn one_too_many_is_rejected_with_the_limit() {
        let request = read(PLACE, Some(br#"{"routeId":"1","clientId":"a"}"#)).unwrap();
        assert_eq!(admit(&request, Active { all: 2, of_client: 1 }, 3, 2), Ok(()));
        let in_all = admit(&request, Active { all: 3, of_client: 0 }, 3, 2).unwrap_err();
        assert!(in_all.message.contains("no more than 3"), "{}", in_all.message);
        let of_client = admit(&request, Active { all: 2, of_client: 2 }, 3, 2).unwrap_err();
        assert_eq!(of_client.reason, "TooManyActive");
        assert!(of_client.message.contains("This client"), "{}", of_client.message);
        assert_eq!(of_client.request_id.as_deref(), Some(PLACE));
    }

    fn running(name: &str, client: &str, phase: &str) -> Arc<GuardedDelivery> {
        let manifest = format!(
            "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: {name}, annotations: {{ {CLIENT_ID_ANNOTATION}: {client} }} }}, spec: {{}}, status: {{ phase: {phase} }} }}"
        );
        Arc::new(serde_yaml::from_str(&manifest).unwrap())
    }

    #[test]
    fn those_that_the_watch_has_not_brought_yet_count_once() {
        let recent = Recent::default();
        let deliveries =
            [running("a", "me", "Running"), running("b", "me", "Finished"), running("c", "you", "Pending")];
        assert_eq!(recent.active("me", &deliveries), Active { all: 2, of_client: 1 });
        recent.note("d".to_owned(), "me".to_owned());
        recent.note("a".to_owned(), "me".to_owned());
        assert_eq!(recent.active("me", &deliveries), Active { all: 3, of_client: 2 });
        assert_eq!(
            recent.active("", &deliveries),
            Active { all: 3, of_client: 0 },
            "without a name, nobody is counted"
        );
    }
}
