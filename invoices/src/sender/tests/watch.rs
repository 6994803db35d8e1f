use super::*;
use crate::testing::{self, NOW};

/// An e-mail that another sender has marked until a time.
fn marked(due_at: Millis) -> Invoice {
    let mut invoice = testing::invoice(1);
    invoice.email = invoice.email.claimed(NOW, "other").unwrap();
    invoice.email.due_at = due_at;
    invoice
}

#[test]
fn a_mark_of_another_clock_is_left_alone_for_a_lease_and_for_another_when_it_changes() {
    let (watch, begun) = (Watch::default(), Instant::now());
    let free = |invoice: &Invoice, seconds| {
        let steady = begun + Duration::from_secs(seconds);
        watch.free(vec![invoice.clone()], NOW, steady).len()
    };
    let first = marked(NOW + 3_600_000);
    assert_eq!([0, 119, 120].map(|seconds| free(&first, seconds)), [0, 0, 1]);
    let mut second = first.clone();
    second.email.revision += 1;
    assert_eq!([121, 240, 241].map(|seconds| free(&second, seconds)), [0, 0, 1]);
    assert_eq!(free(&marked(NOW), 242), 1, "its lease has ended");
    let mut pending = testing::invoice(1);
    assert_eq!(free(&pending, 242), 1, "nobody has marked it");
    pending.email.due_at = NOW + 3_600_000;
    assert_eq!(free(&pending, 242), 1, "it was put off, and nobody is at it");
}
