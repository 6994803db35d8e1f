//! Why a value cannot be part of a request: one sentence each, for HTTP clients and for dead letters alike. Pure.

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    /// Not a UUID.
    #[error("The {field} is {value:?}, which is no UUID. Write one like 0f6d5a1c-2f3b-4c4d-9e5f-6a7b8c9d0001.")]
    Id {
        /// The field's name in JSON, or what a path names.
        field: &'static str,
        /// The value, cut.
        value: String,
    },
    /// Too short or too long.
    #[error("The content has {characters} characters. Write 5 to 240.")]
    Content {
        /// How many it has.
        characters: usize,
    },
    /// Empty, too long, or with control characters.
    #[error(
        "The category is not a text of 1 to 100 characters without control characters. Write one such as delivery."
    )]
    Category,
    /// Not a path on the map's address.
    #[error(
        "The link is not a path of at most 500 characters on the map's address. Write one like /#/delivery/shop/primeiro, \
         or leave it out."
    )]
    Link,
    /// Not an e-mail address.
    #[error(
        "The e-mail address is not valid. Write one of at most 254 characters like name@example.com, or leave it out."
    )]
    Email,
    /// Not usable as an idempotency key.
    #[error(
        "The header Idempotency-Key is not a text of 1 to 128 printable ASCII characters. Leave it out, or write a UUID."
    )]
    IdempotencyKey,
}

impl Invalid {
    /// A stable name, part of the HTTP API and of dead letters.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Id { .. } => "InvalidId",
            Self::Content { .. } => "InvalidContent",
            Self::Category => "InvalidCategory",
            Self::Link => "InvalidLink",
            Self::Email => "InvalidEmail",
            Self::IdempotencyKey => "InvalidIdempotencyKey",
        }
    }
}
