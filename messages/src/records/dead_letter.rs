//! `dead-letters`: records that could not be understood or served, with the reason in the headers.

use std::borrow::Cow;

use crate::records::text;

/// The maximum number of bytes of a record's value that a dead letter keeps.
pub const MAX_VALUE: usize = 64 * 1024;

/// The maximum number of bytes of a header's text: a message may quote its record, and Kafka counts headers as part of a record.
pub const MAX_HEADER: usize = 1024;

/// A record that its topic's one grouped reader could not use.
///
/// Key: `topic/partition/offset` of the record. Value: the record's own bytes, cut at [`MAX_VALUE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The record's topic, with its prefix.
    pub topic: &'a str,
    /// The record's partition.
    pub partition: i32,
    /// The record's offset.
    pub offset: i64,
    /// The record's value.
    pub value: &'a [u8],
    /// A stable name, such as `UnknownRoute`.
    pub reason: &'a str,
    /// A whole sentence for a person.
    pub message: Cow<'a, str>,
    /// The service that could not use it.
    pub service: &'a str,
    /// The start request that is rejected by this, if the record names one.
    pub request_id: Option<&'a str>,
}

/// The header with the stable name of the reason.
pub const REASON_HEADER: &str = "reason";
/// The header with the sentence for a person.
pub const MESSAGE_HEADER: &str = "message";
/// The header with the service's name.
pub const SERVICE_HEADER: &str = "service";
/// The header with the length of the whole value in bytes, as decimal text.
pub const LENGTH_HEADER: &str = "length";
/// The header with the request's id.
pub const REQUEST_ID_HEADER: &str = "request-id";

impl DeadLetter<'_> {
    /// The record's key.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.topic, self.partition, self.offset)
    }

    /// The value, cut.
    #[must_use]
    pub fn kept(&self) -> &[u8] {
        self.value.get(..MAX_VALUE).unwrap_or(self.value)
    }

    /// The headers, in their order, each cut at [`MAX_HEADER`].
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let kept = |text: &str| text::cut(text, MAX_HEADER).into_owned();
        let mut headers = vec![
            (REASON_HEADER, kept(self.reason)),
            (MESSAGE_HEADER, kept(&self.message)),
            (SERVICE_HEADER, kept(self.service)),
            (LENGTH_HEADER, self.value.len().to_string()),
        ];
        headers.extend(self.request_id.map(|id| (REQUEST_ID_HEADER, kept(id))));
        headers
    }
}

#[cfg(test)]
#[path = "tests/dead_letter.rs"]
mod tests;
