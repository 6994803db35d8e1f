use super::*;

#[test]
fn what_was_json_stays_json_and_changes() {
    let pool = [br#"{"a":[1,2,{"b":"c"}],"d":null}"#.to_vec(), br#"topic key 7 {"seq":1}"#.to_vec()];
    let mut rng = Rng::with_seed(5);
    let mut changed = 0;
    for _ in 0..500 {
        let mut input = pool[0].clone();
        mutate(&mut rng, &mut input, &pool);
        let value: Value = serde_json::from_slice(&input).unwrap();
        changed += u32::from(value != serde_json::from_slice::<Value>(&pool[0]).unwrap());
    }
    assert!(changed > 300, "{changed} of 500");
}

#[test]
fn json_in_a_line_is_changed_and_nothing_around_it() {
    let mut rng = Rng::with_seed(6);
    for _ in 0..200 {
        let mut input = b"topic key 7 {\"seq\":1}".to_vec();
        mutate(&mut rng, &mut input, &[b"{}".to_vec()]);
        assert!(input.starts_with(b"topic key 7 "), "{}", String::from_utf8_lossy(&input));
    }
    let mut text = b"no json {".to_vec();
    mutate(&mut rng, &mut text, &[b"{}".to_vec()]);
    assert_eq!(text, b"no json {");
}

#[test]
fn every_value_in_a_value_is_found_by_its_number() {
    let mut value = json!({"a": [1, [2]], "b": "c"});
    assert_eq!(count(&value), 6);
    let found: Vec<_> = (0..6).map(|place| nth(&mut value, &mut { place }).cloned().unwrap()).collect();
    assert_eq!(found[1..], [json!([1, [2]]), json!(1), json!([2]), json!(2), json!("c")]);
    assert_eq!(nth(&mut value, &mut 6), None);
}
