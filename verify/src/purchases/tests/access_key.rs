use proptest::prelude::*;

use super::*;

/// The example of the manual of the NF-e.
const PUBLISHED: &str = "52060433009911002506550120000007800267301615";

#[test]
fn the_published_example_is_right() {
    assert_eq!(check(PUBLISHED, 12, 780), Ok(()));
    assert_eq!(check(PUBLISHED, 1, 780), Err(KeyProblem::Series(12)));
    assert_eq!(check(PUBLISHED, 12, 781), Err(KeyProblem::Number(780)));
}

#[test]
fn what_is_not_44_digits_is_no_key() {
    for text in ["", "5206", &PUBLISHED[..43], &format!("{PUBLISHED}0"), &PUBLISHED.replace('9', "x")] {
        assert_eq!(check(text, 12, 780), Err(KeyProblem::Digits), "{text}");
    }
}

#[test]
fn a_rest_of_0_or_1_gives_0() {
    assert_eq!(check_digit(&[]), 0);
    // 6 · 2 = 12, of which the rest is 1.
    assert_eq!(check_digit(&[6]), 0);
    // 5 · 2 = 10.
    assert_eq!(check_digit(&[5]), 1);
}

#[test]
fn numbers_are_printed_in_groups() {
    assert_eq!(
        [formatted(42), formatted(1_234_567), formatted(999_999_999)],
        ["000.000.042", "001.234.567", "999.999.999"]
    );
}

proptest! {
    #[test]
    fn one_wrong_digit_is_noticed(mut digits in proptest::collection::vec(0_u32..10, 43), place in 0_usize..43, other in 1_u32..10) {
        let text = |digits: &[u32], last: u32| digits.iter().chain([&last]).map(u32::to_string).collect::<String>();
        let part = |digits: &[u32], from: usize, count: usize| digits[from..from + count].iter().fold(0_u32, |sum, digit| sum * 10 + digit);
        let last = check_digit(&digits);
        let (series, number) = (part(&digits, 22, 3), part(&digits, 25, 9));
        prop_assert_eq!(check(&text(&digits, last), series, number), Ok(()));
        prop_assert!(check(&text(&digits, (last + other) % 10), series, number).is_err());
        digits[place] = (digits[place] + other) % 10;
        // Only rests of 0 and 1, which share a digit, can hide a change; in a place of the series or the number that shows all the same.
        let hidden = last == 0 && check_digit(&digits) == 0;
        prop_assert!(hidden || check(&text(&digits, last), series, number).is_err());
    }
}
