use super::*;

#[test]
fn promises_are_printed_as_tap_with_their_violations() {
    let all = [
        Promise::tried("a", "1 of 1".into(), vec![]),
        Promise::tried("b", "2 of 2".into(), vec!["x".into()]),
        Promise::untried("c", "no MongoDB"),
    ];
    let expected = "ok 1 - a (1 of 1)\nnot ok 2 - b (2 of 2)\n  # violations: 1\n  # x\nok 3 - c # SKIP no MongoDB\n# pass 1\n# fail 1\n";
    assert_eq!(promises(&all), expected);
}

#[test]
fn workloads_that_did_not_recover_are_named_below_the_row() {
    assert_eq!(waiting(&[]), "");
    let names = ["mongodb (0 of 1 ready)".to_owned(), "code-delivery-gateway (1 of 2 ready)".to_owned()];
    assert_eq!(waiting(&names), "\n        not ready: mongodb (0 of 1 ready), code-delivery-gateway (1 of 2 ready)");
}

#[test]
fn what_a_fault_showed_is_below_its_row() {
    let mut trial = Trial::default();
    assert_eq!(shown(None), "");
    trial.recovered("an operator leads", Some(std::time::Duration::from_secs(4)), std::time::Duration::from_secs(90));
    assert_eq!(shown(Some(&trial)), "\n        an operator leads after 4.0 s");
    trial.object(["a pod was created".to_owned()]);
    let both = "\n        an operator leads after 4.0 s\n        not as promised: a pod was created";
    assert_eq!(shown(Some(&trial)), both);
}
