use super::*;

#[test]
fn the_first_entry_is_forgotten_when_there_are_too_many() {
    let mut map = BoundedMap::new(3);
    for number in 0..=3 {
        map.insert(number.to_string().into(), number);
        map.insert(number.to_string().into(), 10 * number);
    }
    assert!(map.get("0").is_none());
    assert_eq!((map.get("1"), map.get("3")), (Some(&10), Some(&30)));
    assert_eq!(map.order.len(), 3);
}

#[test]
fn a_removed_entry_is_not_found_any_more() {
    let mut map = BoundedMap::new(3);
    map.insert("a".into(), ());
    assert!(map.remove("a") && !map.remove("a"));
    assert!(map.get("a").is_none());
}
