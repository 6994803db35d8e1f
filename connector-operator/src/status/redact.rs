//! Keeps secrets out of Connect's messages and stack traces, which may quote the values of options. Pure.
//!
//! Two kinds of values are hidden: those of options whose names show that they are secret, and those that a config provider filled in
//! (`${file:…}`, `${secrets:…}`), which Connect quotes as "Invalid value … for configuration …".

use serde_json::{Map, Value};

/// Replaces a secret; Connect itself hides passwords with the same text.
pub(super) const HIDDEN: &str = "[hidden]";

const SECRET_NAMES: [&str; 8] =
    ["password", "secret", "token", "credential", "api.key", "apikey", "private.key", "jaas.config"];
/// Shorter values would match all over the text.
const MIN_SECRET: usize = 4;
const QUOTED: &str = "Invalid value ";
const OPTION: &str = " for configuration ";

/// The text without secrets of these options.
#[must_use]
pub(super) fn redact(text: &str, config: Option<&Map<String, Value>>) -> String {
    let mut text = text.to_owned();
    for (option, value) in config.into_iter().flatten() {
        let Some(value) = value.as_str() else { continue };
        if value.contains("${") {
            text = without_quotes(&text, option);
        } else if is_secret(option) && value.len() >= MIN_SECRET {
            text = text.replace(value, HIDDEN);
        }
    }
    text
}

fn is_secret(option: &str) -> bool {
    let option = option.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|name| option.contains(name))
}

/// Hides each value that is quoted as that option's.
fn without_quotes(text: &str, option: &str) -> String {
    let end = format!("{OPTION}{option}");
    let mut parts = text.split(&end).map(str::to_owned).collect::<Vec<_>>();
    if let [quoting @ .., _rest] = parts.as_mut_slice() {
        for part in quoting {
            if let Some(start) = part.rfind(QUOTED) {
                part.truncate(start + QUOTED.len());
                part.push_str(HIDDEN);
            }
        }
    }
    parts.join(&end)
}

#[cfg(test)]
#[path = "tests/redact.rs"]
mod tests;
