use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_text_is_kept_whole_or_cut_between_characters(text in "\\PC{0,60}", max in 3..80_usize) {
        let cut = cut(&text, max);
        prop_assert!(cut.len() <= max);
        if *cut != *text {
            let beginning = cut.strip_suffix(ELLIPSIS).unwrap();
            prop_assert!(text.starts_with(beginning) && text.len() > max);
        }
    }
}

#[test]
fn an_address_is_shown_without_its_login() {
    for (address, shown) in [
        ("http://jaeger:4318/v1/traces", "http://jaeger:4318/v1/traces"),
        ("https://me:hunter2@collector.example.com/otlp", "https://…@collector.example.com/otlp"),
        ("https://me:hunt@er/2@collector.example.com/otlp", "https://…@collector.example.com/otlp"),
        ("jaeger:4318", "jaeger:4318"),
        ("me:hunter2@jaeger:4318", "…@jaeger:4318"),
        ("me:hunter2@collector.example.com", "…@collector.example.com"),
    ] {
        assert_eq!(without_login(address), shown);
    }
}

#[test]
fn what_a_reader_quotes_is_left_out() {
    for (message, said) in [
        (
            r#"mongodb: invalid type: string "mongodb://me:hun\"ter\\2@db/x", expected struct MongodbConfig at line 2 column 10"#,
            "mongodb: invalid type: a text, expected struct MongodbConfig at line 2 column 10",
        ),
        (r#"invalid value: string "a\\", expected b; string "c", d"#, "invalid value: a text, expected b; a text, d"),
        (r#"invalid type: string "without an end"#, "invalid type: a text"),
        ("unknown field `urifile`, expected `uriFile`", "unknown field `urifile`, expected `uriFile`"),
    ] {
        assert_eq!(without_values(message), said);
    }
}
