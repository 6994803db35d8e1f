use super::*;

fn set(ids: &[&str]) -> HashSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn a_request_that_became_none_or_two_breaks_the_promise() {
    let objects = |names: &[&str]| {
        HashMap::from([("r".to_owned(), names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())])
    };
    let became = |ids: &[&str]| HashMap::from([("r".to_owned(), set(ids))]);
    let judged = |in_log: &[&str], seen: &[&str], names: &[&str]| {
        once(&["r".to_owned()], Vec::new(), &became(in_log), &became(seen), &objects(names)).kept
    };
    assert_eq!(judged(&["a"], &["a"], &["x"]), Some(true));
    assert_eq!(judged(&["a"], &[], &["x"]), Some(true));
    assert_eq!(judged(&[], &[], &[]), Some(false));
    assert_eq!(judged(&["a"], &["b"], &["x"]), Some(false));
    assert_eq!(judged(&["a"], &["a"], &["x", "y"]), Some(false));
    let stranger = once(&[], Vec::new(), &HashMap::new(), &HashMap::new(), &objects(&["x"]));
    assert_eq!(stranger.kept, Some(false));
}

#[test]
fn a_silent_partition_is_named() {
    let silence = |seconds| vec![("step 1".to_owned(), BTreeMap::from([(4, Duration::from_secs(seconds))]))];
    assert_eq!(nothing_stopped(&silence(5)).kept, Some(true));
    assert_eq!(nothing_stopped(&silence(16)).facts, ["step 1: partition 4 was silent for 16.0 s"]);
}

#[test]
fn a_fault_breaks_its_promise_when_one_of_its_trials_was_not_as_expected() {
    let limit = Duration::from_secs(90);
    let recovered = |took: Option<u64>| {
        let mut trial = Trial::default();
        trial.recovered("an operator leads", took.map(Duration::from_secs), limit);
        trial
    };
    let kept = trials("an operator leads soon", &[(10.0, recovered(Some(4))), (300.0, recovered(Some(5)))]);
    assert_eq!(kept.kept, Some(true));
    assert_eq!(kept.tried_on, "an operator leads after 4.0 s; an operator leads after 5.0 s");
    let broken = trials("an operator leads soon", &[(10.0, recovered(Some(4))), (300.0, recovered(None))]);
    assert_eq!((broken.kept, broken.broken_by), (Some(false), 1));
    assert_eq!(broken.facts, ["at 300 s: expected within 90 s, but not so: an operator leads"]);
}

#[test]
fn only_the_first_violations_are_printed_and_all_are_counted() {
    let promise = Promise::tried("", String::new(), vec![String::new(); 9]);
    assert_eq!((promise.broken_by, promise.facts.len()), (9, MAX_PRINTED));
}
