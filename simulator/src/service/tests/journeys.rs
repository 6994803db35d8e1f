use super::*;

#[test]
fn of_endless_retries_the_first_are_remembered() {
    let mut approach = Approach::new(1_000);
    for second in 2..1_000 {
        approach.tried_again(second * 1_000);
    }
    assert_eq!((approach.since, approach.retries), (1_000, vec![2_000, 3_000, 4_000, 5_000, 6_000]));
}
