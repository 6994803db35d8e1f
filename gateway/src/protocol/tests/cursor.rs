use delivery_fuzz::Fuzz;
use proptest::prelude::*;

use super::*;

fn log() -> LogId {
    LogId { cluster: "MkU3OEVBNTcwNTJENDM2Qk".to_owned(), topic: "hKTBPVGBRNaRdlAUEe7z9g".to_owned() }
}

#[test]
fn a_cursor_has_the_documented_form() {
    let bytes = URL_SAFE_NO_PAD.decode(log().cursor(&[7, 0, 12])).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        r#"{"c":"MkU3OEVBNTcwNTJENDM2Qk","t":"hKTBPVGBRNaRdlAUEe7z9g","o":[7,0,12]}"#
    );
}

#[test]
fn a_cursor_of_another_log_is_not_used() {
    let cursor = log().cursor(&[7, 0, 12]);
    assert_eq!(log().read(&cursor, 3), Some(vec![7, 0, 12]));
    assert_eq!(log().read(&cursor, 4), None);
    assert_eq!(LogId { topic: "another".into(), ..log() }.read(&cursor, 3), None);
    assert_eq!(LogId { cluster: "another".into(), ..log() }.read(&cursor, 3), None);
    assert_eq!(log().read(&log().cursor(&[7, -1, 12]), 3), None);
    assert_eq!(log().read(&"e".repeat(MAX_LENGTH + 1), 3), None);
}

proptest! {
    #[test]
    fn any_offsets_are_read_back(offsets in prop::collection::vec(0..i64::MAX, 0..40)) {
        prop_assert_eq!(log().read(&log().cursor(&offsets), offsets.len()), Some(offsets));
    }

    #[test]
    fn any_random_text_is_no_cursor(text in any::<String>()) {
        prop_assert_eq!(log().read(&text, 1), None);
    }

    #[test]
    fn a_damaged_cursor_is_none_or_has_offsets(at in 0..100_usize, with in any::<char>()) {
        let mut cursor: Vec<char> = log().cursor(&[7, 0, 12]).chars().collect();
        let at = at % cursor.len();
        cursor[at] = with;
        let cursor: String = cursor.into_iter().collect();
        prop_assert!(log().read(&cursor, 3).is_none_or(|offsets| offsets.len() == 3));
    }
}

#[test]
fn fuzzed_cursors_are_none_or_offsets_of_this_log_that_are_the_same_once_written_again() {
    let report = Fuzz::new("cursor").run(|input| {
        // Changes of the text seldom stay base64, so what is in it is changed too.
        let inside = URL_SAFE_NO_PAD.encode(input);
        let texts = [std::str::from_utf8(input).ok(), Some(inside.as_str())];
        let Some((text, offsets)) = texts.into_iter().flatten().find_map(|text| Some((text, log().read(text, 3)?)))
        else {
            return "no cursor";
        };
        assert!(offsets.len() == 3 && offsets.iter().all(|offset| *offset >= 0), "{offsets:?}");
        assert_eq!(log().read(&log().cursor(&offsets), 3), Some(offsets.clone()));
        let another = LogId { topic: "another".to_owned(), ..log() };
        assert_eq!((another.read(text, 3), log().read(text, 4)), (None, None), "it is of one log only");
        let here = StreamPosition::new(Arc::new(log()), offsets.clone());
        assert!(here.covers(&offsets) && here.or_later(&[0, 0, 0]).covers(&offsets));
        "cursor"
    });
    report.reached(&["cursor", "no cursor"]);
}
