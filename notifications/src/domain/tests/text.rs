use proptest::prelude::*;

use super::*;

#[test]
fn content_of_5_and_of_240_characters_is_taken_and_one_fewer_or_more_is_not() {
    for (length, fits) in [(0, false), (4, false), (5, true), (6, true), (239, true), (240, true), (241, false)] {
        let found = Content::new("x".repeat(length));
        assert_eq!(found.is_ok(), fits, "{length}");
        if !fits {
            assert_eq!(found, Err(Invalid::Content { characters: length }));
        }
    }
}

#[test]
fn content_is_counted_in_characters_not_in_bytes() {
    assert!(Content::new("é".repeat(240)).is_ok());
    assert!(Content::new("🛵".repeat(240)).is_ok());
    assert_eq!(Content::new("🛵".repeat(4)), Err(Invalid::Content { characters: 4 }));
}

#[test]
fn a_category_is_a_short_text_of_one_line() {
    assert!(Category::new("delivery".into()).is_ok() && Category::new("ação".into()).is_ok());
    assert!(Category::new("x".repeat(100)).is_ok());
    for wrong in [String::new(), "  ".into(), "a\nb".into(), "a\0".into(), "x".repeat(101)] {
        assert_eq!(Category::new(wrong), Err(Invalid::Category));
    }
}

#[test]
fn a_link_leads_to_the_map_and_nowhere_else() {
    for right in ["/", "/#/delivery/shop/primeiro"] {
        assert!(Link::new(right.into()).is_ok(), "{right}");
    }
    for wrong in
        ["", "#/a", "https://evil.example", "//evil.example", "/\\evil.example", "/a b", "/a\nb", "javascript:x"]
    {
        assert_eq!(Link::new(wrong.into()), Err(Invalid::Link), "{wrong:?}");
    }
    assert_eq!(Link::new(format!("/{}", "x".repeat(500))), Err(Invalid::Link));
}

#[test]
fn an_address_that_could_change_a_mails_headers_is_none() {
    for right in
        ["customer7@example.com", "a.b+c@mail.example.com", "josé@exemplo.com.br", "x@localhost", "o'neil@example.com"]
    {
        assert!(Email::new(right.into()).is_ok(), "{right}");
    }
    for wrong in [
        "",
        "@",
        "a@",
        "@example.com",
        "a",
        "a@b@example.com",
        "a b@example.com",
        "a@example.com\r\nBcc: other@example.com",
        "a\n@example.com",
        "\"a b\"@example.com",
        "a@example.com, b@example.com",
        "<a@example.com>",
        "a..b@example.com",
        ".a@example.com",
        "a@example..com",
        "a@-example.com",
        "a@example.com-",
        "a@exam_ple.com",
    ] {
        assert_eq!(Email::new(wrong.into()), Err(Invalid::Email), "{wrong:?}");
    }
    assert!(Email::new(format!("{}@example.com", "x".repeat(64))).is_ok());
    assert!(Email::new(format!("{}@example.com", "x".repeat(65))).is_err());
    assert!(Email::new(format!("x@{}com", "abcdefghi.".repeat(26))).is_err());
}

#[test]
fn neither_content_nor_address_is_printed() {
    let printed = format!("{:?} {:?}", Content::new("a secret".into()), Email::new("a@example.com".into()));
    assert!(!printed.contains("secret") && !printed.contains("example"), "{printed}");
}

proptest! {
    #[test]
    fn a_valid_address_holds_nothing_that_a_header_must_not(text in "\\PC{0,20}[@ \r\n.,<>\"]?\\PC{0,20}@?\\PC{0,20}") {
        if let Ok(email) = Email::new(text) {
            prop_assert!(!email.as_str().chars().any(|character| character.is_control() || character.is_whitespace()));
            prop_assert_eq!(email.as_str().matches('@').count(), 1);
        }
    }
}
