use super::*;

#[test]
fn a_connector_without_our_mark_has_no_owner() {
    for mark in [None, Some(""), Some("shop/lines"), Some("source lines")] {
        let options = mark.map(|mark| (OWNER.to_owned(), mark.to_owned())).into_iter().collect();
        assert_eq!(Owner::of(&options), None, "{mark:?}");
    }
}

#[test]
fn an_owner_is_read_as_it_is_written() {
    let owner = Owner { source: "shop/cd".to_owned(), namespace: "shop".to_owned(), name: "lines".to_owned() };
    let options = Options::from([(OWNER.to_owned(), owner.to_string())]);
    assert_eq!(Owner::of(&options), Some(owner));
}
