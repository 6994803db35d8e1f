//! Writes a document as YAML that YAML 1.1, which kubectl reads, and YAML 1.2 understand alike. Pure.
//!
//! A text is written without quotes only if it can be nothing else.

use serde_json::Value;

/// A document with its line breaks: blocks for what has contents, JSON for everything else, which is YAML too.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                text.push_str(&" ".repeat(indent));
                text.push_str(&scalar(&Value::String(key.clone())));
                text.push(':');
                if is_block(value) {
                    text.push('\n');
                    // As kubectl writes it: the dash of a list is not indented.
                    block(value, if value.is_array() { indent } else { indent + 2 }, text);
                } else {
                    text.push(' ');
                    block(value, 0, text);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut inner = String::new();
                block(item, indent + 2, &mut inner);
                text.push_str(&" ".repeat(indent));
                text.push_str("- ");
                text.push_str(inner.trim_start_matches(' '));
            }
        }
        value => {
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
}

fn is_block(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| !fields.is_empty())
        || value.as_array().is_some_and(|items| !items.is_empty())
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        value => value.to_string().chars().map(escaped).collect(),
    }
}

/// JSON leaves these control characters as they are; YAML allows them only as escapes, which occur nowhere but in texts.
fn escaped(character: char) -> String {
    match character {
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => format!("\\u{:04x}", u32::from(character)),
        character => character.to_string(),
    }
}

/// Whether a text without quotes is a text in both versions: it begins with a letter, has no character with a meaning, and is no word
/// for a truth value or for nothing.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || " _./-".contains(character))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
#[path = "tests/yaml.rs"]
mod tests;
