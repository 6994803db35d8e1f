//! The records of every release stay readable, and the published schemas say what the types say.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::fs;
use std::path::PathBuf;

use delivery_messages::{
    Command, CustomerErased, Erased, InvoiceIssued, NewDirection, NewPosition, NotificationChanged, Plan, Purchase,
    Route, SendNotification, State, Topic, schema::schema,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(".")
}

fn golden(topic: Topic) -> Vec<Value> {
    let mut records = Vec::new();
    for release in fs::read_dir(root().join("golden")).unwrap() {
        let file = release.unwrap().path().join(format!("{}.json", topic.name()));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        records.extend(serde_json::from_str::<Vec<Value>>(&text).unwrap());
    }
    assert!(!records.is_empty(), "{} has golden records", topic.name());
    records
}

/// What was written by any release is read, and written again with the same fields and values.
fn reads_and_writes<T: DeserializeOwned + Serialize>(topic: Topic) {
    for record in golden(topic) {
        let bytes = serde_json::to_vec(&record).unwrap();
        let message: T = delivery_messages::decode(topic, Some(&bytes)).unwrap();
        assert_eq!(serde_json::to_value(message).unwrap(), record);
        let mut later = record;
        later["aFieldOfALaterRelease"] = Value::Bool(true);
        let bytes = serde_json::to_vec(&later).unwrap();
        assert!(delivery_messages::decode::<T>(topic, Some(&bytes)).is_ok(), "unknown fields are ignored");
    }
}

#[test]
fn golden_records_of_every_release_are_read_and_written_alike() {
    reads_and_writes::<NewDirection>(Topic::NewDirection);
    reads_and_writes::<Command>(Topic::Command);
    reads_and_writes::<NewPosition>(Topic::NewPosition);
    reads_and_writes::<Plan>(Topic::Plan);
    reads_and_writes::<State>(Topic::State);
    reads_and_writes::<Route>(Topic::Catalogue);
    reads_and_writes::<Erased>(Topic::Erased);
    reads_and_writes::<Purchase>(Topic::Purchase);
    reads_and_writes::<InvoiceIssued>(Topic::InvoiceIssued);
    reads_and_writes::<SendNotification>(Topic::SendNotification);
    reads_and_writes::<NotificationChanged>(Topic::NotificationChanged);
    reads_and_writes::<CustomerErased>(Topic::CustomerErased);
}

#[test]
fn the_first_four_fields_of_a_position_are_the_vehicle_trackers_in_its_order() {
    let record = golden(Topic::NewPosition).remove(0);
    let message: NewPosition = serde_json::from_value(record).unwrap();
    let text = String::from_utf8(delivery_messages::encode(&message).unwrap()).unwrap();
    assert!(
        text.starts_with(r#"{"routeId":"1","clientId":"","position":[-47.92923,-15.82594],"finished":false,"#),
        "{text}"
    );
}

#[test]
fn published_schemas_are_those_of_the_types_and_accept_the_golden_records() {
    for topic in Topic::ALL.into_iter().chain(Topic::PURCHASES) {
        let Some(schema) = schema(topic) else { continue };
        let file = root().join("schemas").join(format!("{}.json", topic.name()));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::create_dir_all(root().join("schemas")).unwrap();
            fs::write(&file, &text).unwrap();
        }
        let published = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(
            published,
            text,
            "{} is stale; run UPDATE_SCHEMAS=1 cargo test -p delivery-messages",
            file.display()
        );
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        for record in golden(topic) {
            assert!(validator.is_valid(&record), "{}: {record}", topic.name());
        }
        assert!(!validator.is_valid(&serde_json::json!({"routeId": 1})), "{} refuses rubbish", topic.name());
    }
}
