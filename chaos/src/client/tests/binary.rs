use super::*;

// Partition 0 grows by 300, partition 1 by none, 2 by one. Number 2, finished, shifted by -1, seq 200, +1 and -1; and
// number 1, seq 0, at its origin.
const FRAME: [u8; 23] = [1, 3, 0xac, 2, 0, 1, 0b1011, 0xc8, 1, 1, 2, 1, 5, 128, 0x90, 0x4e, 4, 0, 0, 0, 0, 0, 0];

#[test]
fn steps_and_records_are_read_to_the_end_of_the_frame() {
    let found = read(&FRAME).unwrap();
    assert_eq!(found.steps, [300, 0, 1]);
    let first = BinaryPosition { number: 2, finished: true, seq: 200, offset: [1, -1] };
    let second = BinaryPosition { number: 1, finished: false, seq: 0, offset: [0, 0] };
    assert_eq!(found.records, [first, second]);
    assert_eq!(read(&[1, 0]).unwrap(), Positions { steps: vec![], records: vec![] });
}

#[test]
fn the_gateways_golden_records_are_read() {
    let golden = "../gateway/golden/binary.json";
    let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    for case in golden["records"].as_array().unwrap() {
        let hex = case["hex"].as_str().unwrap();
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let frame: Vec<u8> = [1, 0].into_iter().chain((0..hex.len()).step_by(2).map(byte)).collect();
        let (base, fix) = (&case["base"], &case["fix"]);
        let degrees = |value: &serde_json::Value| {
            crate::client::ledger::coordinates([value[0].as_f64().unwrap(), value[1].as_f64().unwrap()])
        };
        let (origin, at) = (degrees(&base["origin"]), degrees(&fix["position"]));
        let expected = BinaryPosition {
            number: base["number"].as_u64().unwrap(),
            finished: fix["finished"].as_bool().unwrap(),
            seq: fix["seq"].as_u64().unwrap(),
            offset: [at[0] - origin[0], at[1] - origin[1]],
        };
        assert_eq!(read(&frame).unwrap().records, [expected], "{}", case["name"]);
    }
}

#[test]
fn a_frame_that_is_cut_in_a_record_or_of_another_kind_is_refused() {
    for end in [1, 2, 3, 4, 5].into_iter().chain(7..16).chain(17..23) {
        assert_eq!(read(&FRAME[..end]), Err(Malformed::Short), "{end}");
    }
    assert_eq!(read(&[2]), Err(Malformed::Kind(Some(2))));
    assert_eq!(read(&[]), Err(Malformed::Kind(None)));
    assert_eq!(read(&[1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2]), Err(Malformed::Large));
}
