use proptest::prelude::*;

use super::*;

#[test]
fn portuguese_and_punctuation_are_encoded_and_what_is_missing_is_visible() {
    assert_eq!(encode("café"), b"caf\xe9");
    assert_eq!(encode("€ “x” – …"), b"\x80 \x93x\x94 \x96 \x85");
    assert_eq!(encode("a🚲b\u{7f}"), b"a?b?");
    assert_eq!(encode("日本"), b"??");
    assert_eq!(encode("\u{81}\u{2003}"), b"??");
}

#[test]
fn widths_are_those_of_the_font() {
    assert!((width(b"R$ 39,80", 10.0) - 40.58).abs() < 0.01, "{}", width(b"R$ 39,80", 10.0));
    assert_eq!(thousandths(b'W'), 944);
    assert_eq!(thousandths(0xe9), 556);
    assert_eq!(thousandths(0xff), 500);
    assert_eq!(thousandths(0), 278);
}

#[test]
fn a_long_text_is_broken_at_spaces_and_a_long_word_inside() {
    assert_eq!(lines("one two", 10.0, 200.0), [b"one two"]);
    assert_eq!(lines("one two", 10.0, 20.0), [b"one", b"two"]);
    assert_eq!(lines("", 10.0, 20.0), [b""]);
    assert_eq!(lines("abcdef", 10.0, 12.0).concat(), b"abcdef");
}

proptest! {
    #[test]
    fn no_line_is_wider_than_its_column_and_no_character_is_lost(text in "\\PC{0,200}", max in 12.0_f32..300.0) {
        let lines = lines(&text, 9.0, max);
        for line in &lines {
            prop_assert!(width(line, 9.0) <= max + 0.01, "{line:?}");
        }
        let without_spaces = |bytes: &[u8]| bytes.iter().filter(|byte| **byte != b' ').count();
        let words: Vec<u8> = text.split_whitespace().flat_map(encode).collect();
        prop_assert_eq!(lines.iter().map(|line| without_spaces(line)).sum::<usize>(), without_spaces(&words));
    }
}
