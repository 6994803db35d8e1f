use super::*;
use crate::domain::testing::{NOW, id};

#[test]
fn a_mark_of_another_clock_is_left_alone_for_a_lease_and_for_another_when_it_changes() {
    let (watch, begun, lease) = (Watch::default(), Instant::now(), Duration::from_mins(3));
    let is_free =
        |number, until, seconds| watch.is_free(id(number), until, NOW, lease, begun + Duration::from_secs(seconds));
    assert!(is_free(1, NOW, 0), "its lease has ended");
    let (first, second) = (NOW + 3_600_000, NOW + 3_600_001);
    assert_eq!([0, 179, 180].map(|seconds| is_free(1, first, seconds)), [false, false, true]);
    assert_eq!([181, 360, 361].map(|seconds| is_free(1, second, seconds)), [false, false, true]);
    assert!(!is_free(2, first, 361), "another mail");
    assert!(!is_free(3, first, 1_000));
    assert_eq!(lock(&watch.0).len(), 1, "what nobody asks for is forgotten");
}
