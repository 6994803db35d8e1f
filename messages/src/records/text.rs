//! What texts must lose before they are written anywhere: length, if they may quote what anyone has sent, and secrets.

use std::borrow::Cow;

/// What stands for the part that was cut off.
const ELLIPSIS: &str = "…";

/// The text if it has at most `max` bytes, else its beginning and an ellipsis, together at most `max` bytes (of at least three).
#[must_use]
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(max.saturating_sub(ELLIPSIS.len()));
    Cow::Owned(format!("{}{ELLIPSIS}", text.get(..end).unwrap_or_default()))
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
#[path = "tests/text.rs"]
mod tests;
