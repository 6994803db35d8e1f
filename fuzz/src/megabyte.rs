//! A megabyte where a stranger may write a text: alone, and in each text of an input.

use std::ops::Range;

use serde_json::Value;

/// A megabyte of text. Each of its characters has two bytes, so that who cuts it between any two bytes may cut a character.
#[must_use]
pub fn megabyte() -> String {
    "é".repeat(1 << 19)
}

/// The input with a megabyte in the place of one text of its JSON, once for each text; one without JSON has the megabyte at its end.
pub(crate) fn swollen(input: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for (place, value) in jsons(input) {
        for text in 0..texts(&value) {
            let mut value = value.clone();
            swell(&mut value, &mut { text });
            let mut swollen = input.to_vec();
            drop(swollen.splice(place.clone(), value.to_string().bytes()));
            found.push(swollen);
        }
    }
    if found.is_empty() {
        found.push([input, megabyte().as_bytes()].concat());
    }
    found
}

/// The JSON of an input, and where it is: the whole of it, or what begins at a brace or a bracket in each of its lines.
fn jsons(input: &[u8]) -> Vec<(Range<usize>, Value)> {
    if let Ok(value) = serde_json::from_slice(input) {
        return vec![(0..input.len(), value)];
    }
    let (mut found, mut from) = (Vec::new(), 0);
    for line in input.split(|byte| *byte == b'\n') {
        let end = from + line.len();
        if let Some(begin) = line.iter().position(|byte| matches!(byte, b'{' | b'['))
            && let Some(value) = line.get(begin..).and_then(|json| serde_json::from_slice(json).ok())
        {
            found.push((from + begin..end, value));
        }
        from = end + 1;
    }
    found
}

/// The number of texts in a value.
fn texts(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(all) => all.iter().map(texts).sum(),
        Value::Object(all) => all.values().map(texts).sum(),
        _ => 0,
    }
}

/// Puts a megabyte in the place of a text, counted from the first.
fn swell(value: &mut Value, left: &mut usize) {
    match value {
        Value::String(text) => {
            if *left == 0 {
                *text = megabyte();
            }
            *left = left.wrapping_sub(1);
        }
        Value::Array(all) => {
            for value in all {
                swell(value, left);
            }
        }
        Value::Object(all) => {
            for value in all.values_mut() {
                swell(value, left);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "tests/megabyte.rs"]
mod tests;
