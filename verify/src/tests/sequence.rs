use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn it_agrees_with_a_set_of_all_numbers(numbers in proptest::collection::vec(0_u64..40, 0..120)) {
        let (mut sequence, mut set, mut highest) = (Sequence::default(), HashSet::new(), None);
        for number in numbers {
            let expected = match highest {
                _ if set.contains(&number) => Arrival::Repeated,
                Some(highest) if number < highest => Arrival::OutOfOrder,
                _ => match number - highest.map_or(0, |highest| highest + 1) {
                    0 => Arrival::Next,
                    missed => Arrival::AfterGap(missed),
                },
            };
            prop_assert_eq!(sequence.take(number), expected);
            set.insert(number);
            highest = highest.max(Some(number));
            let below = highest.map_or(0, |highest| highest + 1);
            prop_assert_eq!(sequence.count(), set.len() as u64);
            prop_assert_eq!(sequence.missing(), below - set.len() as u64);
        }
    }
}

#[test]
fn numbers_that_may_have_been_removed_are_neither_missing_nor_out_of_order() {
    let mut sequence = Sequence::default();
    sequence.begin(7);
    assert_eq!(sequence.take(9), Arrival::AfterGap(2));
    assert_eq!(sequence.take(3), Arrival::Repeated);
    assert_eq!(sequence.take(8), Arrival::OutOfOrder);
    assert_eq!((sequence.cut(), sequence.count(), sequence.missing()), (7, 2, 1));
}

#[test]
fn the_end_can_be_missing_as_well() {
    let mut sequence = Sequence::default();
    sequence.take(0);
    assert_eq!(sequence.expect_below(3), 2);
    assert_eq!(sequence.expect_below(2), 0);
    assert_eq!((sequence.next(), sequence.missing()), (3, 2));
}

#[test]
fn many_gaps_take_bounded_memory_and_stay_counted() {
    let mut sequence = Sequence::default();
    for number in 0..20_000 {
        sequence.take(2 * number + 1);
    }
    assert_eq!(sequence.missing(), 20_000);
    assert_eq!(sequence.missing.len(), MAX_GAPS);
}
