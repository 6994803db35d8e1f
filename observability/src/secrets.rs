//! What may be said of a secret that cannot be used: where it is and which form it has, but no part of it.
//!
//! Clients of servers quote what they cannot read: a password with a question mark in it becomes, to them, an option that is not valid. So
//! what they say of a text that holds a secret is not passed on.

use std::path::Path;

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

/// An address without the name and the password that it may hold; that there was one shows, for it may be what is wrong.
#[must_use]
pub fn without_login(address: &str) -> String {
    // The last of several: a password may have one as well.
    let place = |rest: &str| rest.rsplit_once('@').map_or_else(|| rest.to_owned(), |(_, place)| format!("…@{place}"));
    match address.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", place(rest)),
        None => place(address),
    }
}

/// What a reader of JSON or YAML says of what it cannot use, without the texts that it quotes: where a section is expected, somebody may have
/// written a connection string.
#[must_use]
pub fn without_values(message: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(message.len()), message);
    while let Some((before, quoted)) = rest.split_once("string \"") {
        kept.push_str(before);
        kept.push_str("a text");
        rest = after_the_quote(quoted);
    }
    kept.push_str(rest);
    kept
}

/// What follows a quoted text, in which quotes and backslashes are escaped.
fn after_the_quote(text: &str) -> &str {
    let mut is_escaped = false;
    let end = text.find(|letter: char| {
        let is_end = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        is_end
    });
    end.and_then(|end| text.get(end + 1..)).unwrap_or_default()
}

#[cfg(test)]
#[path = "tests/secrets.rs"]
mod tests;
