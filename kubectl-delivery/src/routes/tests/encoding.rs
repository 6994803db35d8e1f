use super::*;

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_file_is_read_in_the_encoding_that_it_declares() {
    let latin1 = b"<?xml version='1.0' encoding = 'ISO-8859-1'?><name>S\xe3o \x80</name>";
    assert!(decode(latin1.to_vec()).unwrap().ends_with("<name>S\u{e3}o \u{20ac}</name>"), "as browsers read it");
    let russian = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><name>\xcc\xe8\xf0</name>";
    assert!(decode(russian.to_vec()).unwrap().ends_with("<name>\u{41c}\u{438}\u{440}</name>"));
    let japanese = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><name>\x93\x8c</name>";
    assert!(decode(japanese.to_vec()).unwrap().ends_with("<name>\u{6771}</name>"));
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><name>S\u{e3}o \u{1f6f5}</name>";
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        assert_eq!(decode(utf16(text, bytes)).unwrap(), text);
        assert_eq!(decode(utf16(&format!("\u{feff}{text}"), bytes)).unwrap(), text);
    }
    assert_eq!(decode(utf16("-15.8,-47.9\n", u16::to_le_bytes)).unwrap(), "-15.8,-47.9\n");
}

#[test]
fn utf_8_is_read_with_and_without_a_mark_and_whatever_is_declared() {
    assert_eq!(decode("S\u{e3}o".as_bytes().to_vec()).unwrap(), "S\u{e3}o");
    assert_eq!(decode("\u{feff}S\u{e3}o".as_bytes().to_vec()).unwrap(), "S\u{e3}o");
    let converted = "<?xml version='1.0' encoding='ISO-8859-1'?><name>S\u{e3}o</name>";
    assert_eq!(decode(converted.as_bytes().to_vec()).unwrap(), converted);
    assert_eq!(decode(Vec::new()).unwrap(), "");
}

#[test]
fn what_cannot_be_read_is_refused_with_the_way_out() {
    let refused = |bytes: &[u8]| decode(bytes.to_vec()).unwrap_err().to_string();
    assert_eq!(
        refused(b"<?xml version='1.0' encoding='EBCDIC-CP-BE'?>\xe3"),
        "The file is in EBCDIC-CP-BE, which cannot be read here. Convert it first, for example: iconv -f EBCDIC-CP-BE -t UTF-8 FILE | \
         kubectl delivery route import - --name NAME."
    );
    assert!(
        refused(b"<?xml version='1.0' encoding='Shift_JIS'?>\xff\xff")
            .starts_with("The file says that it is in Shift_JIS")
    );
    assert!(refused(b"\xff\xfe\0").starts_with("The file says that it is in UTF-16LE"));
    for unnamed in
        [&b"<gpx>\xe3</gpx>"[..], b"<?xml encoding=\"utf-8\"?>\xe3", b"1,2 \xe3", b"<?xml encoding='$(x)'?>\xe3"]
    {
        assert!(refused(unnamed).starts_with("The file is neither in UTF-8 nor"), "{}", refused(unnamed));
    }
}
