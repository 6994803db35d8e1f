//! Looks for a person in the log: in the plans, in the requests, and in all records of theirs that compaction has left.

use super::found::{Found, Place, Subject};
use super::who::Who;
use crate::error::Error;
use crate::log::{self, Log};
use crate::question::{Question, Sink};
use delivery_messages::{Plan, Topic, decode};
use rdkafka::message::{BorrowedMessage, Message};
use serde_json::Value;

/// Asks for what the log holds of a person.
pub struct Find<'a>(pub &'a Who);

impl Question for Find<'_> {
    type Item = Found;
    type Done = ();

    fn arguments(&self) -> Vec<String> {
        vec!["erase".to_owned(), self.0.argument(), "--step=find".to_owned()]
    }

    async fn answer(&self, log: &Log, mut each: impl Sink<Found>) -> Result<(), Error> {
        let mut found = Vec::new();
        log.read_all(Topic::Plan, |record| found.extend(plan(self.0, record.payload()))).await?;
        log.read_all(Topic::NewDirection, |record| found.extend(request(self.0, record))).await?;
        found.into_iter().try_for_each(&mut each)
    }
}

/// The delivery of a plan, if it is of that person. Its newest record may be a tombstone by now.
fn plan(who: &Who, value: Option<&[u8]>) -> Option<Found> {
    let plan: Plan = decode(Topic::Plan, Some(value?)).ok()?;
    who.is_of_plan(&plan).then(|| {
        Found::Delivery(Subject {
            delivery_id: plan.delivery_id,
            namespace: Some(plan.namespace),
            name: Some(plan.name),
            created_at: Some(plan.created_at),
            request_id: plan.request_id,
            places: [Place::Kafka].into(),
        })
    })
}

/// The ids of a request, if it is of that person; also of one that was never served.
fn request(who: &Who, record: &BorrowedMessage<'_>) -> Vec<Found> {
    let place = format!("{}/{}/{}", record.topic(), record.partition(), record.offset());
    ids(who, &place, record.payload().unwrap_or_default())
}

fn ids(who: &Who, place: &str, value: &[u8]) -> Vec<Found> {
    let value: Value = serde_json::from_slice(value).unwrap_or_default();
    if !who.is_of_json(&value) {
        return Vec::new();
    }
    let own = value.get("requestId").and_then(Value::as_str).filter(|id| !id.is_empty());
    own.into_iter().chain([place]).map(|id| Found::Request(id.to_owned())).collect()
}

/// Whether a record speaks of one of these, or is keyed by it.
pub(super) fn is_keyed(record: &BorrowedMessage<'_>, ids: &std::collections::HashSet<String>) -> bool {
    log::key(record).is_some_and(|key| ids.contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_with_all_its_ids_also_one_that_could_not_be_served() {
        let who = Who::Courier("ana".into());
        let found = |value: &str| ids(&who, "route.new-direction/0/7", value.as_bytes());
        let request = |id: &str| Found::Request(id.to_owned());
        assert_eq!(
            found(r#"{"routeId":"1","courier":"ana","requestId":"r-1"}"#),
            [request("r-1"), request("route.new-direction/0/7")]
        );
        assert_eq!(found(r#"{"routeId":1,"courier":"ana"}"#), [request("route.new-direction/0/7")]);
        assert_eq!(found(r#"{"routeId":"1","courier":"rui"}"#), []);
        assert_eq!(found("ana"), []);
    }
}
