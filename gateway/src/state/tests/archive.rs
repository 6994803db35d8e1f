use super::*;
use crate::testing::delivery;

#[test]
fn the_first_goes_when_there_are_too_many() {
    let mut archive = Archive::default();
    for number in 0..=MAX {
        archive.put(delivery(&number.to_string()));
        archive.put(delivery(&number.to_string()));
    }
    assert!(archive.get("0").is_none());
    assert!(archive.get("1").is_some() && archive.get(&MAX.to_string()).is_some());
    assert_eq!(archive.order.len(), MAX);
}
