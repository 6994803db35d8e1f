use super::*;

fn report(checks: Vec<Finding>) -> Report {
    let first = Category::new("API server", [Finding::right("The API server answers.")]);
    Report { categories: vec![first, Category::new("Gateway", checks)] }
}

#[test]
fn each_line_has_its_mark_and_below_it_the_way_out() {
    let report = report(vec![
        Finding::wrong("The gateway has no pod.", "See its Deployment."),
        Finding::warning("It is slow\u{1b}[2J.", "Wait."),
        Finding::skipped("There is no MongoDB."),
    ]);
    assert_eq!(
        text(&report),
        "API server
  ✓ The API server answers.

Gateway
  ✗ The gateway has no pod.
      See its Deployment.
  ! It is slow\u{fffd}[2J.
      Wait.
  - There is no MongoDB.

1 thing is wrong; 1 warning.
"
    );
    let json = json(&report);
    assert_eq!((&json["right"], &json["wrong"], &json["warnings"]), (&json!(false), &json!(1), &json!(1)));
    assert_eq!(
        json["categories"][1]["checks"][0],
        json!({"result": "wrong", "message": "The gateway has no pod.", "wayOut": "See its Deployment."})
    );
}

#[test]
fn warnings_and_what_is_skipped_leave_a_report_right() {
    let right = report(vec![Finding::skipped("There is no MongoDB.")]);
    assert!(right.is_right());
    assert_eq!(summary(&right), "Everything is right.");
    let warned = report(vec![Finding::warning("a", "b"), Finding::warning("c", "d")]);
    assert!(warned.is_right());
    assert_eq!(summary(&warned), "Nothing is wrong; 2 warnings.");
    let wrong = report(vec![Finding::wrong("a", "b"), Finding::wrong("c", "d")]);
    assert!(!wrong.is_right());
    assert_eq!(summary(&wrong), "2 things are wrong.");
}
