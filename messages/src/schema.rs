//! The JSON Schemas of the messages, generated from the types; `messages/schemas/` holds them for readers in other languages.

use schemars::{Schema, schema_for};

use crate::{Command, Erased, NewDirection, NewPosition, Plan, Route, State, Topic};

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
    }
}
