use serde_json::json;

use super::*;

fn redacted(text: &str, config: &Value) -> String {
    redact(text, config.as_object())
}

#[test]
fn a_value_from_a_config_provider_is_not_quoted() {
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
fn the_value_of_a_secret_option_is_hidden_everywhere() {
    let config = json!({ "connection.password": "hunter22", "value.converter.basic.auth.Token": "abc", "tasks": 3 });
    assert_eq!(redacted("login me:hunter22 refused, abc", &config), "login me:[hidden] refused, abc");
}

#[test]
fn a_text_without_secrets_is_unchanged() {
    let config = json!({ "connection.url": "${file:/mnt/es:url}" });
    for text in ["", "Invalid value", " for configuration connection.url", "Connection refused: es:9200"] {
        assert_eq!(redacted(text, &config), text);
    }
    assert_eq!(redact("a", None), "a");
}
