use super::*;

#[test]
fn the_oldest_is_forgotten_first() {
    let mut past = Past::default();
    for number in 0..=MAX {
        past.insert(number.to_string().into());
    }
    assert!(!past.contains("0"));
    assert!(past.contains("1"));
    assert!(past.contains(&MAX.to_string()));
    assert!(past.remove("1"));
    assert!(!past.contains("1"));
}
