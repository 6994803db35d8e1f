//! Mutates the JSON in an input: that of the whole input, or what begins at a brace or a bracket in one of its lines. It stays
//! valid JSON; breaking the syntax is left to [`crate::mutation`].

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::choice::choice;

/// Replaces a value of the JSON in an input. An input without JSON stays as it is.
pub(crate) fn mutate(rng: &mut Rng, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
    let Some((place, mut value)) = find(rng, input) else { return };
    let nodes = count(&value);
    if let Some(node) = nth(&mut value, &mut rng.usize(0..nodes)) {
        change(rng, node, pool);
    }
    let text = value.to_string();
    drop(input.splice(place, text.bytes()));
}

/// The JSON of an input, and where it is.
fn find(rng: &mut Rng, input: &[u8]) -> Option<(std::ops::Range<usize>, Value)> {
    if let Ok(value) = serde_json::from_slice(input) {
        return Some((0..input.len(), value));
    }
    let mut lines = Vec::new();
    let mut from = 0;
    for line in input.split(|byte| *byte == b'\n') {
        lines.push(from..from + line.len());
        from += line.len() + 1;
    }
    let line = choice(rng, &lines).clone();
    let begin = line.start + input.get(line.clone())?.iter().position(|byte| matches!(byte, b'{' | b'['))?;
    let value = serde_json::from_slice(input.get(begin..line.end)?).ok()?;
    Some((begin..line.end, value))
}

/// The number of values in a value, with itself.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(all) => all.iter().map(count).sum(),
        Value::Object(all) => all.values().map(count).sum(),
        _ => 0,
    }
}

/// One of the values in a value, counted from itself.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(all) => all.iter_mut().find_map(|value| nth(value, left)),
        Value::Object(all) => all.values_mut().find_map(|value| nth(value, left)),
        _ => None,
    }
}

fn change(rng: &mut Rng, node: &mut Value, pool: &[Vec<u8>]) {
    match (rng.u8(0..8), &mut *node) {
        (0..3, Value::Array(all)) => change_list(rng, all),
        (0..4, Value::Object(all)) => change_object(rng, all),
        (0..4, Value::String(text)) => *node = change_text(rng, text),
        (0..4, Value::Number(number)) => {
            let number = number.as_f64().unwrap_or_default();
            *node =
                choice(rng, &[json!(number + 1.0), json!(-number), json!(number * 1e3), json!(number.trunc())]).clone();
        }
        (4, _) => *node = json!([node.take()]),
        (5, _) => {
            let other = choice(rng, pool);
            if let Some((_, mut other)) = find(rng, other) {
                let nodes = count(&other);
                if let Some(found) = nth(&mut other, &mut rng.usize(0..nodes)) {
                    *node = found.take();
                }
            }
        }
        _ => *node = special(rng),
    }
}

fn change_list(rng: &mut Rng, all: &mut Vec<Value>) {
    if all.is_empty() {
        return all.push(special(rng));
    }
    let (one, other) = (rng.usize(0..all.len()), rng.usize(0..all.len()));
    match rng.u8(0..4) {
        0 => all.swap(one, other),
        1 => drop(all.remove(one)),
        2 => {
            let value = choice(rng, all).clone();
            all.resize(all.len() + (1 << rng.u32(0..8)), value);
        }
        _ => all.insert(one, special(rng)),
    }
}

fn change_object(rng: &mut Rng, all: &mut Map<String, Value>) {
    let keys: Vec<String> = all.keys().cloned().collect();
    if keys.is_empty() {
        return;
    }
    let (one, other) = (choice(rng, &keys), choice(rng, &keys));
    match rng.u8(0..4) {
        0 => drop(all.remove(one)),
        1 => {
            let value = all.get(one).cloned().unwrap_or_default();
            all.insert(other.clone(), value);
        }
        2 => {
            let value = all.remove(one).unwrap_or_default();
            all.insert(change_text(rng, one).as_str().unwrap_or_default().to_owned(), value);
        }
        _ => drop(all.insert(one.clone(), special(rng))),
    }
}

fn change_text(rng: &mut Rng, text: &str) -> Value {
    match rng.u8(0..6) {
        0 => Value::from(""),
        1 => Value::from(text.repeat(1 << rng.u32(0..10))),
        2 => Value::from(text.chars().rev().collect::<String>()),
        3 => Value::from(format!("{text}{}", choice(rng, &TEXTS))),
        4 => Value::from(format!("{}{text}", choice(rng, &TEXTS))),
        _ => Value::from(*choice(rng, &TEXTS)),
    }
}

/// Texts that readers and writers treat in a special way.
const TEXTS: [&str; 20] = [
    " ", "\0", "\n", "\t", "\"", "'", "\\", "#", ": ", "- ", "~", "é", "𐍈", "\u{85}", "\u{2028}", "\u{feff}", "\u{7f}",
    "/../", "1e3", "null",
];

fn special(rng: &mut Rng) -> Value {
    let all = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(181),
        json!(u32::MAX),
        json!(1_u64 << 53),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!(choice(rng, &TEXTS)),
        json!("x".repeat(300)),
        json!([]),
        json!({}),
        json!([[[[[[[[0]]]]]]]]),
    ];
    choice(rng, &all).clone()
}

#[cfg(test)]
#[path = "tests/json.rs"]
mod tests;
