use super::*;

const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn what_recovered_in_time_and_was_as_expected_breaks_nothing() {
    let mut trial = Trial::default();
    trial.expect(true, || "never asked".to_owned());
    trial.steady(STEADY, "nothing happened");
    trial.recovered("an operator leads", Some(Duration::from_millis(4_200)), LIMIT);
    trial.recovered("the API server answers", Some(LIMIT), LIMIT);
    assert_eq!(trial.objections(), [""; 0]);
    assert_eq!(trial.summary(), "an operator leads after 4.2 s, the API server answers after 60.0 s");
}

#[test]
fn what_is_late_or_otherwise_than_expected_is_named_with_what_was_expected() {
    let mut trial = Trial::default();
    trial.steady(Duration::from_millis(20_500), "the API server was frozen");
    trial.recovered("an operator leads", None, LIMIT);
    trial.recovered("the API server answers", Some(LIMIT + Duration::from_millis(1)), LIMIT);
    assert_eq!(
        trial.objections(),
        [
            "a delivery had no position for 20.5s while the API server was frozen; expected at most 15s",
            "expected within 60 s, but not so: an operator leads",
            "expected within 60 s, but not so: the API server answers",
        ]
    );
    assert!(trial.summary().starts_with("not within 60 s: an operator leads"), "{}", trial.summary());
}

#[tokio::test]
async fn asking_ends_with_the_limit_even_if_no_answer_comes() {
    let limit = Duration::from_millis(20);
    assert_eq!(time_until(limit, async || std::future::pending().await).await, None);
    assert_eq!(time_until(limit, async || false).await, None);
    assert!(time_until(limit, async || true).await.is_some());
    let mut answers = [false, true].into_iter();
    assert!(time_until(LIMIT, async || answers.next() == Some(true)).await.is_some());
}
