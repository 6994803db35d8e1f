use super::*;

#[test]
fn a_name_may_be_in_any_script_with_an_emoji_or_look_like_html() {
    for name in ["José", "李小龍", "Zoë 🚲", "<b>café</b>", "O'Brien & Söhne"] {
        assert_eq!(Name::read(name.to_owned()).unwrap().as_str(), name);
    }
}

#[test]
fn a_name_of_200_characters_is_valid_and_one_of_201_is_not_however_many_bytes_they_take() {
    assert!(Name::read("é".repeat(200)).is_ok());
    let problem = Name::read("🚲".repeat(201)).unwrap_err();
    assert_eq!(problem, "it has 201 characters; at most 200 are allowed");
}

#[test]
fn a_name_that_is_empty_or_breaks_a_line_is_refused() {
    for (name, word) in [("", "empty"), (" \u{a0}", "empty"), ("a\nBcc: b@c.example", "control"), ("a\0", "control")] {
        assert!(Name::read(name.to_owned()).unwrap_err().contains(word), "{name:?}");
    }
}

#[test]
fn a_name_is_not_in_a_log() {
    assert!(!format!("{:?}", Name::read("José".to_owned()).unwrap()).contains("José"));
}
