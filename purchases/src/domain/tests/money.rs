use proptest::prelude::*;

use super::*;

#[test]
fn a_price_is_zero_to_the_maximum() {
    assert_eq!(Cents::unit_price(0).unwrap().get(), 0);
    assert_eq!(Cents::unit_price(MAX_UNIT_PRICE).unwrap().get(), 1_000_000_000);
    for price in [-1, MAX_UNIT_PRICE + 1, i64::MIN, i64::MAX] {
        assert!(Cents::unit_price(price).unwrap_err().contains(&price.to_string()));
    }
}

#[test]
fn a_total_is_up_to_the_maximum_and_not_a_cent_more() {
    let full = (Cents::stored(MAX_UNIT_PRICE), 1_000);
    assert_eq!(total([full]).unwrap().get(), MAX_TOTAL);
    assert_eq!(total([full, (Cents::stored(1), 1)]), Err(TotalTooLarge));
    assert_eq!(total([]).unwrap().get(), 0);
}

#[test]
fn what_would_wrap_around_is_too_large() {
    assert_eq!(total([(Cents::stored(i64::MAX), 2)]), Err(TotalTooLarge));
    assert_eq!(total([(Cents::stored(i64::MAX), 1), (Cents::stored(1), 1)]), Err(TotalTooLarge));
}

proptest! {
    #[test]
    fn a_total_is_the_sum_as_computed_with_more_bits(
        lines in proptest::collection::vec((0..=MAX_UNIT_PRICE, 1_u32..=10_000), 0..100),
    ) {
        let exact: i128 = lines.iter().map(|(price, quantity)| i128::from(*price) * i128::from(*quantity)).sum();
        let sum = total(lines.iter().map(|(price, quantity)| (Cents::stored(*price), *quantity)));
        match sum {
            Ok(sum) => prop_assert_eq!(i128::from(sum.get()), exact),
            Err(TotalTooLarge) => prop_assert!(exact > i128::from(MAX_TOTAL)),
        }
    }

    #[test]
    fn the_order_of_the_lines_makes_no_difference(
        lines in proptest::collection::vec((0..=MAX_UNIT_PRICE, 1_u32..=10_000), 0..20),
    ) {
        let of = |lines: &[(i64, u32)]| total(lines.iter().map(|(price, quantity)| (Cents::stored(*price), *quantity)));
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(of(&lines), of(&turned));
    }

    #[test]
    fn any_integers_have_a_total_or_none_and_never_a_panic(
        lines in proptest::collection::vec((any::<i64>(), any::<u32>()), 0..20),
    ) {
        if let Ok(sum) = total(lines.iter().map(|(price, quantity)| (Cents::stored(*price), *quantity))) {
            prop_assert!(sum.get() <= MAX_TOTAL);
        }
    }
}
