use super::*;

fn report() -> Report {
    let outcomes = BTreeMap::from([("read", 3), ("Malformed", 4)]);
    let kept = BTreeSet::from(["read"]);
    Report { name: "frames".to_owned(), seed: 9, took: Duration::from_millis(1_040), outcomes, kept }
}

#[test]
fn a_report_counts_the_inputs_and_names_the_seed() {
    assert_eq!(report().inputs(), 7);
    assert_eq!(report().to_string(), "frames: 7 inputs in 1.0 s with FUZZ_SEED=9: Malformed 4, read 3");
}

#[test]
#[should_panic(expected = "No input in the corpus frames has the outcome Malformed; add one that has.")]
fn an_outcome_that_only_new_inputs_had_is_named() {
    report().reached(&["read", "Malformed"]);
}
