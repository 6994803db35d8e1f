//! Finds the positions in what a server sends, without reading it as JSON: the client must cost little beside the server.
//!
//! Pure. A position is known by its delivery's number in this run, which ends the delivery's id, and its `seq`.

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem::Finder;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One position of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The delivery's number in this run.
    pub delivery: usize,
    /// The position's own number.
    pub seq: u64,
}

const ID: &[u8] = br#""deliveryId":""#;
const SEQ: &[u8] = br#"","seq":"#;
/// What a delivery's id is, but for the number at its end: as long as a uid.
const PREFIX: &str = "00000000-0000-4000-8000-";
const DIGITS: usize = 12;

static ID_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ID));

/// The id of a delivery of this run.
pub(crate) fn id(delivery: usize) -> String {
    format!("{PREFIX}{delivery:0DIGITS$}")
}

/// The number of the delivery with this id.
pub(crate) fn number(id: &[u8]) -> Option<usize> {
    let digits = id.strip_prefix(PREFIX.as_bytes())?;
    (digits.len() == DIGITS).then(|| usize::try_from(decimal(digits).0).ok())?
}

/// The number that the text begins with, and how long it is.
fn decimal(text: &[u8]) -> (u64, usize) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold((0, 0), |(number, length), digit| (number * 10 + u64::from(digit - b'0'), length + 1))
}

/// Adds the positions in a piece of JSON, in their order. In each, `seq` comes right after `deliveryId`, as ours and the
/// record in Kafka have it.
///
/// # Errors
/// When an id is not of this run, or no `seq` follows it.
pub(crate) fn in_json(mut json: &[u8], found: &mut Vec<Position>) -> Result<()> {
    while let Some(place) = ID_FINDER.find(json) {
        let rest = &json[place + ID.len()..];
        let id = rest.get(..PREFIX.len() + DIGITS).context("a delivery's id is cut off")?;
        let delivery = number(id).context("a delivery's id is not of this run")?;
        let rest = rest[id.len()..].strip_prefix(SEQ).context("no seq follows a delivery's id")?;
        let (seq, length) = decimal(rest);
        ensure!(length > 0, "a seq is no number");
        found.push(Position { delivery, seq });
        json = rest;
    }
    Ok(())
}

/// What the binary form calls the deliveries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashMap<u64, usize>);

impl Names {
    /// Takes in the `data` of a frame with deliveries: a `snapshot`'s, a `resumed`'s, or a `delivery`'s.
    pub(crate) fn learn(&mut self, data: &Value) {
        let several = data["deliveries"].as_array();
        for view in several.map_or_else(|| std::slice::from_ref(data), Vec::as_slice) {
            let id = view["deliveryId"].as_str().and_then(|id| number(id.as_bytes()));
            if let (Some(name), Some(delivery)) = (view["number"].as_u64(), id) {
                self.0.insert(name, delivery);
            }
        }
    }

    /// Adds the positions of a binary frame (docs/binary.md).
    ///
    /// # Errors
    /// When it is cut off, of an unknown kind, or names a delivery that was not told.
    pub(crate) fn in_binary(&self, frame: &[u8], found: &mut Vec<Position>) -> Result<()> {
        let mut bytes = frame;
        ensure!(take(&mut bytes)? == 1, "a binary frame of an unknown kind");
        for _ in 0..varint(&mut bytes)? {
            varint(&mut bytes)?; // how far a partition advanced
        }
        while !bytes.is_empty() {
            let head = varint(&mut bytes)?;
            let seq = varint(&mut bytes)?;
            let plain = 3 + (head & 1); // longitude, latitude, speed, and the shift if there is one
            for _ in 0..plain {
                varint(&mut bytes)?;
            }
            take(&mut bytes)?; // heading
            varint(&mut bytes)?; // progress
            let delivery = *self.0.get(&(head >> 2)).context("a position of a delivery that was not told")?;
            found.push(Position { delivery, seq });
        }
        Ok(())
    }
}

fn take(bytes: &mut &[u8]) -> Result<u8> {
    let (first, rest) = bytes.split_first().context("a binary frame is cut off")?;
    *bytes = rest;
    Ok(*first)
}

/// LEB128.
fn varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    bail!("a number of a binary frame is too long")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn positions(json: &str) -> Result<Vec<(usize, u64)>> {
        let mut found = Vec::new();
        in_json(json.as_bytes(), &mut found)?;
        Ok(found.into_iter().map(|position| (position.delivery, position.seq)).collect())
    }

    #[test]
    fn an_id_is_as_long_as_a_uid_and_tells_its_number() {
        assert_eq!(id(199).len(), 36);
        assert_eq!(number(id(199).as_bytes()), Some(199));
        assert_eq!(number(b"00000000-0000-4000-8000-1"), None);
    }

    #[test]
    fn all_positions_of_a_frame_are_found() {
        let one = |delivery, seq| format!(r#"{{"finished":false,"deliveryId":"{}","seq":{seq},"at":5}}"#, id(delivery));
        let frame = format!(r#"{{"event":"new-positions","data":{{"positions":[{},{}]}}}}"#, one(3, 0), one(12, 907));
        assert_eq!(positions(&frame).unwrap(), [(3, 0), (12, 907)]);
        assert_eq!(positions(r#"{"event":"heartbeat","data":{}}"#).unwrap(), []);
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        for json in
            [r#"{"deliveryId":"x","seq":1}"#, &format!(r#"{{"deliveryId":"{}"}}"#, id(1)), r#"{"deliveryId":"0"#]
        {
            assert!(positions(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_binary_frame_is_read_by_the_names_that_were_told() {
        let mut names = Names::default();
        names.learn(
            &json!({"deliveries": [{"deliveryId": id(7), "number": 300}, {"deliveryId": id(8), "number": null}]}),
        );
        names.learn(&json!({"deliveryId": id(9), "number": 1}));
        // Two partitions; 300 with a shift, seq 200; 1 finished, seq 5.
        let frame = [1, 2, 9, 0x80, 1, 0xb1, 9, 0xc8, 1, 4, 0x90, 3, 2, 83, 0, 0x90, 0x4e, 6, 5, 1, 1, 0, 64, 0];
        let mut found = Vec::new();
        names.in_binary(&frame, &mut found).unwrap();
        assert_eq!(found, [Position { delivery: 7, seq: 200 }, Position { delivery: 9, seq: 5 }]);
        for end in 1..frame.len() {
            let whole = end == 5 || end == 17;
            assert_eq!(names.in_binary(&frame[..end], &mut found).is_ok(), whole, "cut after {end}");
        }
        assert!(Names::default().in_binary(&frame, &mut found).is_err());
    }
}
