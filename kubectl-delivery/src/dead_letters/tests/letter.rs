use super::*;

fn letter(value: &[u8]) -> Letter {
    let headers =
        [("reason", "UnknownRoute"), ("message", "There is no route 9.\n"), ("service", "operator"), ("length", "41")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Letter::new(Some(1_700_000_000_123), b"route.new-direction/2/41", value, headers.into())
}

#[test]
fn a_row_shows_the_record_the_reason_and_the_service() {
    let mut table = table(&[letter(b"{}")]);
    let text = table.text();
    let row =
        "2023-11-14T22:13:20Z   route.new-direction/2/41   UnknownRoute   operator   There is no route 9.\u{fffd}";
    assert_eq!(text.lines().nth(1).unwrap(), row);
    let next = Letter { record: "delivery.command/4/0".into(), ..letter(b"{}") };
    let aligned = row.replace("route.new-direction/2/41", "delivery.command/4/0    ");
    assert_eq!(table.next_row(next.cells().to_vec()), aligned + "\n");
}

#[test]
fn a_value_that_is_not_text_is_kept_in_base64() {
    let (text, bytes) = (letter(b"no json"), letter(&[0xff, 0x00]));
    assert_eq!((text.value.as_deref(), text.value_base64), (Some("no json"), None));
    assert_eq!((bytes.value, bytes.value_base64.as_deref()), (None, Some("/wA=")));
    assert_eq!(text.length, Some(41));
}

#[test]
fn a_record_without_headers_is_shown_as_well() {
    let letter = Letter::new(None, &[0xfe], b"", BTreeMap::new());
    assert_eq!((letter.record.as_str(), letter.reason.as_str(), letter.value.as_deref()), ("\u{fffd}", "", Some("")));
}
