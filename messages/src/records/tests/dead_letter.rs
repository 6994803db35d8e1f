use proptest::prelude::*;

use super::*;

#[test]
fn a_long_record_is_cut_and_its_length_kept() {
    let value = vec![b'x'; 2_000_000];
    let letter = DeadLetter {
        topic: "route.new-direction",
        partition: 2,
        offset: 41,
        value: &value,
        reason: "MalformedRecord",
        message: "It is no JSON.".into(),
        service: "operator",
        request_id: None,
    };
    assert_eq!(letter.key(), "route.new-direction/2/41");
    assert_eq!(letter.kept().len(), MAX_VALUE);
    assert!(letter.headers().contains(&(LENGTH_HEADER, "2000000".to_owned())));
    assert!(letter.headers().iter().all(|(name, _)| *name != REQUEST_ID_HEADER));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_a_record_holds_its_dead_letter_fits_into_a_record(unit in "\\PC{1,4}", before in 0..1_100_usize) {
        let long = format!("{}{}", "x".repeat(before), unit.repeat(1_000_000 / unit.len()));
        let record = format!(r#"{{"deliveryId":"a","action":{}}}"#, serde_json::to_string(&long).unwrap());
        let error = crate::decode::<crate::Command>(crate::Topic::Command, Some(record.as_bytes())).unwrap_err();
        prop_assert!(error.to_string().len() <= MAX_HEADER, "it quotes the whole value");
        let letter = DeadLetter {
            topic: "delivery.command",
            partition: 0,
            offset: 0,
            value: record.as_bytes(),
            reason: &long,
            message: long.as_str().into(),
            service: &long,
            request_id: Some(&long),
        };
        let headers: usize = letter.headers().iter().map(|(key, value)| key.len() + value.len()).sum();
        prop_assert!(headers <= 5 * (MAX_HEADER + 16));
        prop_assert!(letter.key().len() + letter.kept().len() + headers < 100_000);
    }
}
