use serde_json::json;

use super::*;

fn positions(json: &str) -> Result<Vec<(usize, u64)>> {
    let mut found = Vec::new();
    in_json(json.as_bytes(), &mut found)?;
    Ok(found.into_iter().map(|position| (position.delivery, position.seq)).collect())
}

#[test]
fn an_id_is_as_long_as_a_uid_and_tells_its_number() {
    assert_eq!(id(199).len(), 36);
    assert_eq!(number(id(199).as_bytes()), Some(199));
    assert_eq!(number(b"00000000-0000-4000-8000-1"), None);
}

#[test]
fn all_positions_of_a_frame_are_found() {
    let one = |delivery, seq| format!(r#"{{"finished":false,"deliveryId":"{}","seq":{seq},"at":5}}"#, id(delivery));
    let frame = format!(r#"{{"event":"new-positions","data":{{"positions":[{},{}]}}}}"#, one(3, 0), one(12, 907));
    assert_eq!(positions(&frame).unwrap(), [(3, 0), (12, 907)]);
    assert_eq!(positions(r#"{"event":"heartbeat","data":{}}"#).unwrap(), []);
}

#[test]
fn what_cannot_be_read_is_not_passed_over() {
    for json in [r#"{"deliveryId":"x","seq":1}"#, &format!(r#"{{"deliveryId":"{}"}}"#, id(1)), r#"{"deliveryId":"0"#] {
        assert!(positions(json).is_err(), "{json}");
    }
}

#[test]
fn a_binary_frame_is_read_with_the_numbers_of_the_snapshot() {
    let mut names = Names::default();
    names.learn(&json!({"deliveries": [{"deliveryId": id(7), "number": 300}, {"deliveryId": id(8), "number": null}]}));
    names.learn(&json!({"deliveryId": id(9), "number": 1}));
    // Two partitions; 300 with a shift, seq 200; 1 finished, seq 5.
    let frame = [1, 2, 9, 0x80, 1, 0xb1, 9, 0xc8, 1, 4, 0x90, 3, 2, 83, 0, 0x90, 0x4e, 6, 5, 1, 1, 0, 64, 0];
    let mut found = Vec::new();
    names.in_binary(&frame, &mut found).unwrap();
    assert_eq!(found, [Position { delivery: 7, seq: 200 }, Position { delivery: 9, seq: 5 }]);
    for end in 1..frame.len() {
        let whole = end == 5 || end == 17;
        assert_eq!(names.in_binary(&frame[..end], &mut found).is_ok(), whole, "cut after {end}");
    }
    assert!(Names::default().in_binary(&frame, &mut found).is_err());
}
