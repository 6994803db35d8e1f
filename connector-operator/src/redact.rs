//! Keeps secrets out of what Connect says: its messages and traces may quote the values of options. Pure.
//!
//! Two kinds of values are hidden: those of options whose names tell that they are secret, and those that a config provider
//! put in (`${file:…}`, `${secrets:…}`), which Connect quotes as "Invalid value … for configuration …".

use serde_json::{Map, Value};

/// What stands in place of a secret; Connect itself hides passwords so.
pub const HIDDEN: &str = "[hidden]";

const SECRET_NAMES: [&str; 8] =
    ["password", "secret", "token", "credential", "api.key", "apikey", "private.key", "jaas.config"];
/// Shorter texts than this would be found everywhere.
const SHORTEST: usize = 4;
const QUOTED: &str = "Invalid value ";
const OPTION: &str = " for configuration ";

/// The text without secrets of these options.
#[must_use]
pub fn redact(text: &str, config: Option<&Map<String, Value>>) -> String {
    let mut text = text.to_owned();
    for (option, value) in config.into_iter().flatten() {
        let Some(value) = value.as_str() else { continue };
        if value.contains("${") {
            text = without_quotes(&text, option);
        } else if is_secret(option) && value.len() >= SHORTEST {
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
    let last = parts.len().saturating_sub(1);
    for part in &mut parts[..last] {
        if let Some(at) = part.rfind(QUOTED) {
            part.truncate(at + QUOTED.len());
            part.push_str(HIDDEN);
        }
    }
    parts.join(&end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn redacted(text: &str, config: &Value) -> String {
        redact(text, config.as_object())
    }

    #[test]
    fn what_a_config_provider_put_in_is_not_quoted() {
        let config = json!({ "connection.url": "${file:/mnt/es:url}", "topics": "lines" });
        let text = "2 errors:\nInvalid value https://me:pass@es for configuration connection.url: no\nInvalid value x for configuration topics: no\n\
                    Invalid value again for configuration connection.url";
        assert_eq!(
            redacted(text, &config),
            "2 errors:\nInvalid value [hidden] for configuration connection.url: no\nInvalid value x for configuration topics: no\n\
             Invalid value [hidden] for configuration connection.url"
        );
    }

    #[test]
    fn the_value_of_a_secret_option_is_hidden_wherever_it_stands() {
        let config =
            json!({ "connection.password": "hunter22", "value.converter.basic.auth.Token": "abc", "tasks": 3 });
        assert_eq!(redacted("login me:hunter22 refused, abc", &config), "login me:[hidden] refused, abc");
    }

    #[test]
    fn a_text_without_secrets_stays() {
        let config = json!({ "connection.url": "${file:/mnt/es:url}" });
        for text in ["", "Invalid value", " for configuration connection.url", "Connection refused: es:9200"] {
            assert_eq!(redacted(text, &config), text);
        }
        assert_eq!(redact("a", None), "a");
    }
}
