use serde_json::json;

use super::*;

#[test]
fn a_document_looks_as_kubectl_prints_it() {
    let document = json!({
        "conditions": [{ "message": "The pod a: it runs.", "type": "Ready" }, { "items": [], "type": "Failed" }],
        "kind": "Delivery",
        "spec": { "courier": "moto-7", "labels": {}, "path": [[-47.9, -15.8], [-47.8, -15.7]], "suspend": false },
    });
    let expected = r#"conditions:
- message: "The pod a: it runs."
  type: Ready
- items: []
  type: Failed
kind: Delivery
spec:
  courier: moto-7
  labels: {}
  path:
  - - -47.9
    - -15.8
  - - -47.8
    - -15.7
  suspend: false
"#;
    assert_eq!(yaml(&document), expected);
}

#[test]
fn every_text_stays_a_text() {
    let texts = [
        "no",
        "On",
        "y",
        "1e3",
        "0x10",
        "1_000",
        "12:30",
        "2026-11-29",
        "~",
        "<<",
        "=",
        ".inf",
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "- a",
        "a\nb",
        "\u{85}\u{7f}\u{1b}",
        "São",
        "🛵",
        "\"",
        "'",
        "null",
        "Null",
        "moto-7",
        "e1",
        "a\u{2028}b",
        "\u{feff}",
    ];
    for text in texts {
        let document = json!({ text: text, "list": [text] });
        let written = yaml(&document);
        assert_eq!(serde_yaml::from_str::<Value>(&written).unwrap(), document, "{written}");
        let is_quoted = !written.contains(&format!("- {text}\n"));
        assert_eq!(is_quoted, !matches!(text, "moto-7" | "e1"), "{written}");
    }
}

#[test]
fn what_is_no_map_and_no_list_is_a_document_too() {
    for value in
        [json!(null), json!(7), json!(1.5), json!("a"), json!([]), json!({}), json!([[]]), json!([{ "a": [1] }])]
    {
        assert_eq!(serde_yaml::from_str::<Value>(&yaml(&value)).unwrap(), value);
    }
}
