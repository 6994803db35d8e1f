use super::*;

const INFINITY: f64 = f64::INFINITY;

fn close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

#[test]
fn a_quantile_lies_within_its_bucket() {
    let buckets = [(0.01, 50.0), (0.05, 90.0), (0.1, 100.0), (INFINITY, 100.0)];
    close(quantile(&buckets, 0.5), 0.01);
    close(quantile(&buckets, 0.7), 0.03);
    close(quantile(&buckets, 0.99), 0.095);
    close(quantile(&buckets, 1.0), 0.1);
    close(quantile(&buckets, 0.0), 0.0);
}

#[test]
fn beyond_the_last_bound_it_is_the_last_bound() {
    let buckets = [(0.01, 1.0), (60.0, 2.0), (INFINITY, 100.0)];
    close(quantile(&buckets, 0.99), 60.0);
}

#[test]
fn without_observations_there_is_none() {
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(quantile(&[(0.01, 0.0), (INFINITY, 0.0)], 0.5), None);
}

#[test]
fn what_was_observed_between_two_scrapes_is_the_difference_unless_the_process_started_again() {
    let before = [(0.01, 10.0), (INFINITY, 20.0)];
    let after = [(0.01, 15.0), (INFINITY, 30.0)];
    assert_eq!(between(&before, &after), [(0.01, 5.0), (INFINITY, 10.0)]);
    assert_eq!(between(&[], &after), after);
    let again = [(0.01, 1.0), (INFINITY, 40.0)];
    assert_eq!(between(&before, &again), again);
}

#[test]
fn histograms_of_several_processes_are_added() {
    let one = vec![(0.01, 1.0), (INFINITY, 2.0)];
    let other = vec![(0.01, 3.0), (INFINITY, 5.0)];
    assert_eq!(sum([one, other]), [(0.01, 4.0), (INFINITY, 7.0)]);
    assert!(sum([]).is_empty());
}
