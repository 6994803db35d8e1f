//! Whose notifications a client is told of: the data of the frame `notifications`, in both directions.
//!
//! Pure. Who is told when something has changed is left to [`crate::stream::clients::listeners`].

use serde::{Deserialize, Serialize};

/// The maximum number of recipients per connection.
pub(crate) const MAX_RECIPIENTS: usize = 8;
/// The maximum length of an id in bytes; the ids of recipients and notifications are UUIDs.
pub(crate) const MAX_ID: usize = 64;

/// The recipients that a client asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Recipients {
    pub recipient_ids: Vec<String>,
}

/// Why recipients are rejected, as the end of a sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidRecipients {
    #[error("there are {0}; the maximum is {MAX_RECIPIENTS}")]
    TooMany(usize),
    #[error("an id is empty or longer than {MAX_ID} bytes")]
    Id,
}

impl Recipients {
    /// Checks what the type cannot express.
    ///
    /// # Errors
    /// The first problem.
    pub(crate) fn check(&self) -> Result<(), InvalidRecipients> {
        let count = self.recipient_ids.len();
        if count > MAX_RECIPIENTS {
            return Err(InvalidRecipients::TooMany(count));
        }
        let fits = |id: &String| (1..=MAX_ID).contains(&id.len());
        if self.recipient_ids.iter().all(fits) { Ok(()) } else { Err(InvalidRecipients::Id) }
    }
}

#[cfg(test)]
#[path = "tests/recipients.rs"]
mod tests;
