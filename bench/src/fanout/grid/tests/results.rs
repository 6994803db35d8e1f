use super::*;

/// A file of its own for each test, which is removed with it.
struct Place(std::path::PathBuf);

impl Place {
    fn new() -> Self {
        Self(std::env::temp_dir().join(delivery_e2e::unique("grid")))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn what_has_been_measured_is_there_in_the_next_run_and_what_failed_is_not() {
    let place = Place::new();
    let mut results = Results::open(&place.0).unwrap();
    results.add("50x1000/gateway/1", json!({"p50": 1.5})).unwrap();
    results.add_failed("50x1000/nats/1", "it \"ended\"\nsoon").unwrap();
    assert_eq!(results.figures("50x1000/gateway/1").unwrap()["p50"], 1.5);
    let again = Results::open(&place.0).unwrap();
    assert_eq!(again.figures("50x1000/gateway/1").unwrap()["p50"], 1.5);
    assert!(again.figures("50x1000/nats/1").is_none());
}

#[test]
fn half_a_line_costs_only_itself() {
    let place = Place::new();
    fs::write(&place.0, "{\"key\":\"a\",\"figures\":{\"p50\":1}}\n{\"key\":\"b\",\"fig").unwrap();
    let mut results = Results::open(&place.0).unwrap();
    assert!(results.figures("b").is_none());
    results.add("c", json!({})).unwrap();
    let again = Results::open(&place.0).unwrap();
    assert!(again.figures("a").is_some() && again.figures("b").is_none() && again.figures("c").is_some());
}

#[test]
fn a_measurement_that_was_made_after_it_failed_counts() {
    let place = Place::new();
    let mut results = Results::open(&place.0).unwrap();
    results.add_failed("a", "void").unwrap();
    results.add("a", json!({"p50": 2.0})).unwrap();
    assert_eq!(Results::open(&place.0).unwrap().figures("a").unwrap()["p50"], 2.0);
}
