use std::collections::HashSet;

use super::*;

#[test]
fn the_same_seed_makes_the_same_inputs_and_another_others() {
    let pool = [br#"{"routeId":"1","path":[[1,2],[3,4]]}"#.to_vec(), b"a b 1 {}\na - 2 -".to_vec()];
    let made = |seed| -> Vec<_> {
        let mut rng = Rng::with_seed(seed);
        (0..200).map(|_| mutated(&mut rng, &pool)).collect()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
    let different: HashSet<_> = made(1).into_iter().collect();
    assert!(different.len() > 150, "{} different inputs of 200", different.len());
}

#[test]
fn inputs_stay_within_the_maximum_length_and_become_long_and_empty() {
    let pool = [b"[1]".to_vec(), Vec::new()];
    let mut rng = Rng::with_seed(3);
    let lengths: Vec<_> = (0..3_000).map(|_| mutated(&mut rng, &pool).len()).collect();
    assert!(lengths.iter().all(|length| *length <= MAX_LENGTH));
    assert!(lengths.iter().any(|length| *length > 1_000) && lengths.contains(&0));
}

#[test]
fn a_number_is_found_around_a_place() {
    assert_eq!(number_at(b"at=-15.8,", 5), 3..8);
    assert_eq!(number_at(b"at=", 1), 1..1);
    assert_eq!(number_at(b"12", 2), 0..2);
}
