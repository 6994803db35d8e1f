//! What may be said of a secret that cannot be used: where it is and which form it has, but no part of it.
//!
//! Clients of servers quote what they cannot read: a password with a question mark in it becomes, to them, an option that is not valid. So
//! what they say of a text that holds a secret is not passed on.

use std::path::Path;

pub use delivery_messages::records::text::{without_login, without_values};

/// Of a connection string of `MongoDB` that is none.
#[must_use]
pub fn not_a_mongodb_uri(file: &Path) -> String {
    format!(
        "The connection string in the file {} that mongodb.uriFile names is not valid. It has the form \
         mongodb://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE, in which the characters : / ? # [ ] @ % of user and password are \
         percent-encoded, such as %40 for @.",
        file.display()
    )
}

#[cfg(test)]
#[path = "tests/secrets.rs"]
mod tests;
