//! The JSON Schemas of the messages, generated from the types; `messages/schemas/` holds them for readers in other languages.

use schemars::{Schema, schema_for};

use crate::{
    Command, CustomerErased, Erased, InvoiceIssued, NewDirection, NewPosition, NotificationChanged, Plan, Purchase,
    Route, SendNotification, State, Topic,
};

/// The schema of a topic's values; `None` for `dead-letters`, whose values are arbitrary bytes.
#[must_use]
pub fn schema(topic: Topic) -> Option<Schema> {
    match topic {
        Topic::NewDirection => Some(schema_for!(NewDirection)),
        Topic::Command => Some(schema_for!(Command)),
        Topic::NewPosition => Some(schema_for!(NewPosition)),
        Topic::Plan => Some(schema_for!(Plan)),
        Topic::State => Some(schema_for!(State)),
        Topic::Catalogue => Some(schema_for!(Route)),
        Topic::Erased => Some(schema_for!(Erased)),
        Topic::DeadLetters => None,
        Topic::Purchase => Some(schema_for!(Purchase)),
        Topic::InvoiceIssued => Some(schema_for!(InvoiceIssued)),
        Topic::SendNotification => Some(schema_for!(SendNotification)),
        Topic::NotificationChanged => Some(schema_for!(NotificationChanged)),
        Topic::CustomerErased => Some(schema_for!(CustomerErased)),
    }
}
