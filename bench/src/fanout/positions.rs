//! Finds the positions in what a server sends, without parsing it as JSON: the client must cost little compared with the server.
//!
//! Pure. A position is identified by its delivery's number in this run, which is the end of the delivery's id, and its `seq`.

use std::collections::HashMap;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem::Finder;
use serde_json::Value;

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
/// The beginning of a delivery's id, before the number: together as long as a uid.
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

/// The number at the beginning of the text, and its length.
fn decimal(text: &[u8]) -> (u64, usize) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold((0, 0), |(number, length), digit| (number * 10 + u64::from(digit - b'0'), length + 1))
}

/// Adds the positions in a piece of JSON, in order. In each, `seq` directly follows `deliveryId`, as in our frames and in the record in
/// Kafka.
///
/// # Errors
/// When an id is not of this run, or no `seq` follows it.
pub(crate) fn in_json(mut json: &[u8], found: &mut Vec<Position>) -> Result<()> {
    while let Some(place) = ID_FINDER.find(json) {
        let rest = &json[place + ID.len()..];
        let id = rest.get(..PREFIX.len() + DIGITS).context("a delivery's id is truncated")?;
        let delivery = number(id).context("a delivery's id is not of this run")?;
        let rest = rest[id.len()..].strip_prefix(SEQ).context("no seq follows a delivery's id")?;
        let (seq, length) = decimal(rest);
        ensure!(length > 0, "a seq is not a number");
        found.push(Position { delivery, seq });
        json = rest;
    }
    Ok(())
}

/// The numbers of the deliveries in the binary form.
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
    /// When it is truncated, of an unknown kind, or has an unknown delivery number.
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
            let delivery = *self.0.get(&(head >> 2)).context("a position with an unknown delivery number")?;
            found.push(Position { delivery, seq });
        }
        Ok(())
    }
}

fn take(bytes: &mut &[u8]) -> Result<u8> {
    let (first, rest) = bytes.split_first().context("a binary frame is truncated")?;
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
#[path = "tests/positions.rs"]
mod tests;
