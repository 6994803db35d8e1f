use super::*;

const PATIENCE: Duration = Duration::from_mins(1);

fn rejected(reason: &str) -> Failure {
    Failure::Rejected { reason: reason.to_owned(), message: "No.".to_owned() }
}

#[test]
fn an_unknown_route_may_pass_until_the_patience_is_over() {
    let unknown = rejected("UnknownRoute");
    for (seconds, may_pass) in [(0, true), (59, true), (60, false), (61, false)] {
        assert_eq!(unknown.may_pass(Duration::from_secs(seconds), PATIENCE), may_pass, "{seconds}");
    }
    assert!(!unknown.may_pass(Duration::ZERO, Duration::ZERO), "without patience");
}

#[test]
fn nothing_else_passes_by_itself() {
    for failure in [
        rejected("RouteNotReady"),
        rejected("TooManyActive"),
        Failure::NotAccepted("r".to_owned()),
        Failure::Gap { delivery: "d".to_owned(), due: 1, found: 2 },
    ] {
        assert!(!failure.may_pass(Duration::ZERO, PATIENCE), "{failure}");
    }
}
