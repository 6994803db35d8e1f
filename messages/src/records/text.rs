//! Cuts texts that may quote what anyone has sent, before they are written anywhere.

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

#[cfg(test)]
#[path = "tests/text.rs"]
mod tests;
