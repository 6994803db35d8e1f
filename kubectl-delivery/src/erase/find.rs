//! Searches the log for a person: in the plans and in the start requests, including records that compaction has left.

use delivery_messages::{Plan, Topic, decode};
use rdkafka::message::{BorrowedMessage, Message};
use serde_json::Value;

use super::found::{Found, FoundDelivery, FoundIn};
use super::person::Person;
use crate::base::Error;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::{self, LogReader};

/// Asks for the deliveries and start requests of a person.
pub(crate) struct FindQuery<'a>(pub(crate) &'a Person);

impl Query for FindQuery<'_> {
    type Item = Found;
    type Done = ();

    fn arguments(&self) -> Vec<String> {
        vec!["erase".to_owned(), self.0.argument(), "--step=find".to_owned()]
    }

    async fn answer(&self, log: &LogReader, mut each: impl ItemHandler<Found>) -> Result<(), Error> {
        let mut found = Vec::new();
        log.read_all(Topic::Plan, |record| found.extend(plan(self.0, record.payload()))).await?;
        log.read_all(Topic::NewDirection, |record| found.extend(request(self.0, record))).await?;
        found.into_iter().try_for_each(&mut each)
    }
}

/// The delivery of a plan, if it belongs to the person. Its newest record may already be a tombstone.
fn plan(person: &Person, value: Option<&[u8]>) -> Option<Found> {
    let plan: Plan = decode(Topic::Plan, Some(value?)).ok()?;
    person.is_of_plan(&plan).then(|| {
        Found::Delivery(FoundDelivery {
            delivery_id: plan.delivery_id,
            namespace: Some(plan.namespace),
            name: Some(plan.name),
            created_at: Some(plan.created_at),
            request_id: plan.request_id,
            places: [FoundIn::Kafka].into(),
        })
    })
}

/// The ids of a start request, if it belongs to the person, including requests that were never served.
fn request(person: &Person, record: &BorrowedMessage<'_>) -> Vec<Found> {
    let record_id = format!("{}/{}/{}", record.topic(), record.partition(), record.offset());
    ids(person, &record_id, record.payload().unwrap_or_default())
}

fn ids(person: &Person, record_id: &str, value: &[u8]) -> Vec<Found> {
    let value: Value = serde_json::from_slice(value).unwrap_or_default();
    if !person.is_of_json(&value) {
        return Vec::new();
    }
    let own = value.get("requestId").and_then(Value::as_str).filter(|id| !id.is_empty());
    own.into_iter().chain([record_id]).map(|id| Found::Request(id.to_owned())).collect()
}

/// Whether a record's key is one of these ids.
pub(crate) fn is_keyed(record: &BorrowedMessage<'_>, ids: &std::collections::HashSet<String>) -> bool {
    reader::key(record).is_some_and(|key| ids.contains(key))
}

#[cfg(test)]
#[path = "tests/find.rs"]
mod tests;
