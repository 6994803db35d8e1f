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
