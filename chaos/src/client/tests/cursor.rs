use super::*;

#[test]
fn offsets_advance_by_the_steps_of_binary_frames() {
    let text = BASE64.encode(r#"{"c":"Q2x1c3Rlcg","t":"VG9waWM","o":[5,0,3]}"#);
    let mut cursor = Cursor::read(&text).unwrap();
    assert_eq!(cursor.text(), text);
    cursor.advance(&[0, 7]);
    cursor.advance(&[1]);
    cursor.advance(&[0, 0, 0, 9]);
    assert_eq!(Cursor::read(&cursor.text()).unwrap().o, [6, 7, 3]);
}

#[test]
fn padding_does_not_matter_and_what_is_no_cursor_is_none() {
    let text = BASE64.encode(r#"{"c":"a","t":"b","o":[]}"#);
    assert!(Cursor::read(&format!("{text}{}", "=".repeat(text.len().wrapping_neg() % 4))).is_some());
    assert_eq!(Cursor::read("?"), None);
    assert_eq!(Cursor::read("e30"), None);
}
