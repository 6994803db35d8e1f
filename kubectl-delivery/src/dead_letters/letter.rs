//! A dead letter, as its record tells it, and how it is shown. Pure.

use crate::output::{Side, Table};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delivery_messages::Millis;
use delivery_messages::dead_letter::{LENGTH_HEADER, MESSAGE_HEADER, REASON_HEADER, REQUEST_ID_HEADER, SERVICE_HEADER};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A record that could not be understood or served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// When it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Where it came from: `topic/partition/offset`.
    pub record: String,
    /// A stable name, such as `UnknownRoute`.
    pub reason: String,
    /// A whole sentence.
    pub message: String,
    /// Who gave it up.
    pub service: String,
    /// The request that it answers, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The length of the whole record in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What is kept of it, if that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is kept of it, in Base64, if it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_base64: Option<String>,
}

impl Letter {
    /// The letter that a record is.
    #[must_use]
    pub fn new(time: Option<Millis>, key: &[u8], value: &[u8], mut headers: BTreeMap<String, String>) -> Self {
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

    /// The cells of its row.
    #[must_use]
    pub fn cells(&self) -> [String; 5] {
        let time = self.time.map_or_else(|| "-".to_owned(), |time| format!("{time:.0}"));
        [time, self.record.clone(), self.reason.clone(), self.service.clone(), self.message.clone()]
    }
}

/// All that `-o json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The letters.
    pub dead_letters: Vec<Letter>,
}

/// The table.
#[must_use]
pub fn table(letters: &[Letter]) -> Table {
    let mut table =
        Table::new(["TIME", "RECORD", "REASON", "SERVICE", "MESSAGE"].map(|name| (name, Side::Left)).to_vec());
    for letter in letters {
        table.row(letter.cells().to_vec());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(value: &[u8]) -> Letter {
        let headers = [
            ("reason", "UnknownRoute"),
            ("message", "There is no route 9.\n"),
            ("service", "operator"),
            ("length", "41"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Letter::new(Some(1_700_000_000_123), b"route.new-direction/2/41", value, headers.into())
    }

    #[test]
    fn a_letter_tells_what_why_and_by_whom() {
        let mut table = table(&[letter(b"{}")]);
        let text = table.text();
        let row =
            "2023-11-14T22:13:20Z   route.new-direction/2/41   UnknownRoute   operator   There is no route 9.\u{fffd}";
        assert_eq!(text.lines().nth(1).unwrap(), row);
        let next = Letter { record: "delivery.command/4/0".into(), ..letter(b"{}") };
        let aligned = row.replace("route.new-direction/2/41", "delivery.command/4/0    ");
        assert_eq!(table.more(next.cells().to_vec()), aligned + "\n");
    }

    #[test]
    fn a_value_that_is_no_text_survives_in_base64() {
        let (text, bytes) = (letter(b"no json"), letter(&[0xff, 0x00]));
        assert_eq!((text.value.as_deref(), text.value_base64), (Some("no json"), None));
        assert_eq!((bytes.value, bytes.value_base64.as_deref()), (None, Some("/wA=")));
        assert_eq!(text.length, Some(41));
    }

    #[test]
    fn a_record_without_headers_is_shown_all_the_same() {
        let letter = Letter::new(None, &[0xfe], b"", BTreeMap::new());
        assert_eq!(
            (letter.record.as_str(), letter.reason.as_str(), letter.value.as_deref()),
            ("\u{fffd}", "", Some(""))
        );
    }
}
