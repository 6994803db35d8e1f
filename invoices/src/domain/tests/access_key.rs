use proptest::prelude::*;

use super::*;

/// 2026-11-22 in Brasília.
const NOW: Millis = 1_795_340_100_000;
const ID: &str = "0193b9a5-7f3e-7c11-9d42-6f0d3f8f2a10";

#[test]
fn the_check_digit_is_that_of_the_manuals_example() {
    // Manual de Orientação do Contribuinte: the sum is 644, its rest by 11 is 6, the digit 5.
    assert_eq!(check_digit("5206043300991100250655012000000780026730161"), 5);
    assert!(is_valid("52060433009911002506550120000007800267301615"));
    assert!(!is_valid("52060433009911002506550120000007800267301616"));
    assert!(!is_valid("5206043300991100250655012000000780026730161"));
}

#[test]
fn a_rest_of_0_or_1_has_the_digit_0() {
    assert_eq!(check_digit("0"), 0);
    // 6 · 2 = 12, whose rest is 1.
    assert_eq!(check_digit("6"), 0);
    // 1 · 2 = 2, whose rest is 2.
    assert_eq!(check_digit("1"), 9);
}

#[test]
fn the_key_has_its_parts_in_their_order_and_is_the_same_each_time() {
    let issuer = IssuerConfig::default();
    let key = access_key(&issuer, 1, 42, ID, NOW);
    assert_eq!(&key[..34], "5326111122233300018155001000000042");
    assert_eq!(&key[34..35], "1");
    assert!(is_valid(&key), "{key}");
    assert_eq!(access_key(&issuer, 1, 42, ID, NOW), key);
    assert_ne!(access_key(&issuer, 1, 43, ID, NOW), key);
    assert_eq!(grouped(&key).len(), 54);
    assert!(grouped(&key).starts_with("5326 1111 2223 "));
}

#[test]
fn the_month_is_that_of_brasilia() {
    // 2026-12-01T02:59:59Z and a second later.
    assert_eq!(year_and_month(1_796_093_999_000), "2611");
    assert_eq!(year_and_month(1_796_094_000_000), "2612");
}

proptest! {
    #[test]
    fn every_key_has_44_digits_that_one_wrong_digit_breaks(
        series in 1_u32..=999,
        number in 1_u32..=999_999_999,
        id in "[0-9a-f-]{36}",
        at in 946_684_800_000_i64..4_102_444_800_000,
        place in 0_usize..43,
        more in 1_u8..10,
    ) {
        let key = access_key(&IssuerConfig::default(), series, number, &id, at);
        prop_assert_eq!(key.len(), 44);
        prop_assert!(is_valid(&key));
        prop_assert_eq!(&key[22..34], &format!("{series:03}{number:09}")[..]);
        let mut wrong = key.into_bytes();
        wrong[place] = b'0' + (wrong[place] - b'0' + more) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        // The digit 0 stands for two rests, so one kind of mistake in eleven goes unnoticed where it is 0.
        prop_assert!(!is_valid(&wrong) || wrong.ends_with('0'), "{}", wrong);
    }
}
