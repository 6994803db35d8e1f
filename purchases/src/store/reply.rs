//! Reads the replies to commands that write. Pure.

use mongodb::bson::{Bson, Document};

/// The server's code for an id that exists.
const DUPLICATE_KEY: i32 = 11_000;

/// The reply to an insert or an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It was carried out, but for the documents at these places, whose ids exist.
    Done(Vec<usize>),
    /// The server refused something, with its reason.
    Refused(String),
}

/// Reads the reply to a command.
pub(crate) fn reply(answer: &Document) -> Reply {
    let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    let mut known = Vec::new();
    for error in errors.iter().filter_map(Bson::as_document) {
        let is_duplicate = number(error, "code") == Some(i64::from(DUPLICATE_KEY));
        match number(error, "index").and_then(|place| usize::try_from(place).ok()) {
            Some(place) if is_duplicate => known.push(place),
            _ => return Reply::Refused(error.get_str("errmsg").unwrap_or("no reason given").to_owned()),
        }
    }
    Reply::Done(known)
}

/// An integer of either width: servers differ.
fn number(document: &Document, name: &str) -> Option<i64> {
    match document.get(name)? {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests/reply.rs"]
mod tests;
