use super::*;

#[test]
fn gateways_are_anew_when_none_is_the_process_that_it_was() {
    let gateway =
        |name: &str, restarts: i32| Gateway { process: (name.to_owned(), restarts), ..Gateway::at(name, "10.85.0.7") };
    let before = [gateway("a", 0), gateway("b", 3)];
    assert!(is_anew(&before, &[gateway("a", 1), gateway("b", 4)]));
    assert!(is_anew(&before, &[gateway("a", 1), gateway("c", 0)]), "a new pod");
    assert!(!is_anew(&before, &[gateway("a", 1), gateway("b", 3)]));
    assert!(!is_anew(&before, &[gateway("a", 1)]), "one is missing");
}
