use serde_json::json;

use super::*;

#[test]
fn each_text_is_a_megabyte_once() {
    let input = json!({"a": "1", "b": [2, "3"]}).to_string();
    let found = swollen(input.as_bytes());
    let values: Vec<Value> = found.iter().map(|input| serde_json::from_slice(input).unwrap()).collect();
    assert_eq!(values, [json!({"a": megabyte(), "b": [2, "3"]}), json!({"a": "1", "b": [2, megabyte()]})]);
}

#[test]
fn lines_with_json_stay_lines_and_what_has_none_ends_with_the_megabyte() {
    let found = swollen(b"topic key {\"a\":\"1\"}\nno json\n[\"2\"]");
    let expected = [
        format!("topic key {{\"a\":\"{}\"}}\nno json\n[\"2\"]", megabyte()),
        format!("topic key {{\"a\":\"1\"}}\nno json\n[\"{}\"]", megabyte()),
    ];
    assert!(found == expected.map(String::into_bytes));
    assert!(swollen(b"/ws?mode=") == [format!("/ws?mode={}", megabyte()).into_bytes()]);
}
