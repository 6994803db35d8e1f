//! The texts of a notification and of a recipient. Each exists only when it is valid, wherever it came from. Pure.

use std::fmt;

use super::invalid::Invalid;

/// What a notification says: 5 to 240 characters, counted as Unicode scalar values.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Content(String);

impl Content {
    /// The fewest characters.
    pub(crate) const MIN: usize = 5;
    /// The most characters.
    pub(crate) const MAX: usize = 240;

    /// # Errors
    /// When the text is too short or too long.
    pub(crate) fn new(text: String) -> Result<Self, Invalid> {
        let characters = text.chars().count();
        if (Self::MIN..=Self::MAX).contains(&characters) {
            Ok(Self(text))
        } else {
            Err(Invalid::Content { characters })
        }
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Content {
    /// Without the text, which is for the recipient alone.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Content({} bytes)", self.0.len())
    }
}

/// The kind of news, such as `delivery`: 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Category(String);

impl Category {
    const MAX: usize = 100;

    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub(crate) fn new(text: String) -> Result<Self, Invalid> {
        let fits = !text.trim().is_empty() && text.chars().count() <= Self::MAX && !text.chars().any(char::is_control);
        if fits { Ok(Self(text)) } else { Err(Invalid::Category) }
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A path on the map's address, such as `/#/delivery/shop/primeiro`. Another site's address is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link(String);

impl Link {
    const MAX: usize = 500;

    /// # Errors
    /// When it is no path, too long, or holds spaces, control characters or backslashes, which browsers take for slashes.
    pub(crate) fn new(text: String) -> Result<Self, Invalid> {
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let is_plain = |character: char| !character.is_whitespace() && !character.is_control() && character != '\\';
        let fits = is_path && text.chars().count() <= Self::MAX && text.chars().all(is_plain);
        if fits { Ok(Self(text)) } else { Err(Invalid::Link) }
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address that can stand in a mail's header as it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// The most bytes of an address (RFC 5321 §4.5.3.1.3, less the angle brackets).
    const MAX: usize = 254;
    /// The most bytes before the @.
    const MAX_LOCAL: usize = 64;
    /// The most bytes between two dots after the @.
    const MAX_LABEL: usize = 63;

    /// # Errors
    /// When it is not an address of the common form `local@domain`: atoms with dots between them, no quotes, no comments.
    pub(crate) fn new(text: String) -> Result<Self, Invalid> {
        let fits = text.len() <= Self::MAX
            && text.rsplit_once('@').is_some_and(|(local, domain)| is_local(local) && domain.split('.').all(is_label));
        if fits { Ok(Self(text)) } else { Err(Invalid::Email) }
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    /// Without the address, which is nobody's business in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(…)")
    }
}

fn is_local(local: &str) -> bool {
    let is_atom = |character: char| character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character);
    local.len() <= Email::MAX_LOCAL && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

fn is_label(label: &str) -> bool {
    let is_inside = |character: char| character.is_alphanumeric() || character == '-';
    (1..=Email::MAX_LABEL).contains(&label.len())
        && label.chars().all(is_inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
#[path = "tests/text.rs"]
mod tests;
