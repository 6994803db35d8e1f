//! The texts of an order: the names of customers and products, and the ids of routes.
//!
//! Any script and any emoji is a text, and so is `<b>`: whoever shows a text shows it as text. Control characters are not, since a line
//! break in a name would begin a line of its own in a mail or a document.

use std::fmt;

/// The maximum length of a name, in characters (Unicode scalar values).
pub(crate) const MAX_NAME: usize = 200;

/// The maximum length of a route's id, in characters, as start requests have it.
const MAX_ROUTE_ID: usize = delivery_messages::deliveries::direction::MAX_TEXT;

/// The name of a customer or a product.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

/// The id of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteId(String);

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(crate) fn read(text: String) -> Result<Self, String> {
        check(&text, MAX_NAME)?;
        Ok(Self(text))
    }

    /// A name that was valid when it was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    /// Without the name, which is nobody's business in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Name(…)")
    }
}

impl RouteId {
    /// Reads the id of a route. Whether there is such a route is left to whoever serves the request.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(crate) fn read(text: String) -> Result<Self, String> {
        check(&text, MAX_ROUTE_ID)?;
        Ok(Self(text))
    }

    /// An id that was valid when it was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str, max: usize) -> Result<(), String> {
    let characters = text.chars().count();
    if text.trim().is_empty() {
        return Err(format!("it is empty; write 1 to {max} characters"));
    }
    if characters > max {
        return Err(format!("it has {characters} characters; at most {max} are allowed"));
    }
    if text.chars().any(char::is_control) {
        return Err("it has a control character, such as a line break; leave it out".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/text.rs"]
mod tests;
