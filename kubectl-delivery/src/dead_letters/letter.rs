//! A dead letter: parsed from its record, and rendered as a row. Pure.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delivery_messages::Millis;
use delivery_messages::records::dead_letter::{
    LENGTH_HEADER, MESSAGE_HEADER, REASON_HEADER, REQUEST_ID_HEADER, SERVICE_HEADER,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::table::{Side, Table};

/// A record that could not be processed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Letter {
    /// When it was dead-lettered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<Timestamp>,
    /// `topic/partition/offset` of the original record.
    pub(crate) record: String,
    /// A stable name, such as `UnknownRoute`.
    pub(crate) reason: String,
    /// A whole sentence.
    pub(crate) message: String,
    /// The service that dead-lettered it.
    pub(crate) service: String,
    /// The start request that it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// The length of the original value in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) length: Option<u64>,
    /// The kept part of the value, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// The kept part of the value in Base64, if it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value_base64: Option<String>,
}

impl Letter {
    pub(crate) fn new(time: Option<Millis>, key: &[u8], value: &[u8], mut headers: BTreeMap<String, String>) -> Self {
        let mut header = |name: &str| headers.remove(name);
        let text = std::str::from_utf8(value).ok().map(str::to_owned);
        Self {
            time: time.and_then(|time| Timestamp::from_millisecond(time).ok()),
            record: String::from_utf8_lossy(key).into_owned(),
            reason: header(REASON_HEADER).unwrap_or_default(),
            message: header(MESSAGE_HEADER).unwrap_or_default(),
            service: header(SERVICE_HEADER).unwrap_or_default(),
            request_id: header(REQUEST_ID_HEADER),
            length: header(LENGTH_HEADER).and_then(|length| length.parse().ok()),
            value_base64: text.is_none().then(|| BASE64_STANDARD.encode(value)),
            value: text,
        }
    }

    pub(crate) fn cells(&self) -> [String; 5] {
        let time = self.time.map_or_else(|| "-".to_owned(), |time| format!("{time:.0}"));
        [time, self.record.clone(), self.reason.clone(), self.service.clone(), self.message.clone()]
    }
}

/// The document that `-o json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    pub(crate) dead_letters: Vec<Letter>,
}

pub(crate) fn table(letters: &[Letter]) -> Table {
    let mut table =
        Table::new(["TIME", "RECORD", "REASON", "SERVICE", "MESSAGE"].map(|name| (name, Side::Left)).to_vec());
    for letter in letters {
        table.row(letter.cells().to_vec());
    }
    table
}

#[cfg(test)]
#[path = "tests/letter.rs"]
mod tests;
