use super::super::finding::{Category, Finding};
use super::*;

fn report(finding: Finding) -> Report {
    Report { categories: vec![Category::new("Gateway", [finding])] }
}

/// Checks that find these, one after the other; the last of them again and again.
async fn waited(mut found: Vec<Result<Report, Error>>, patience: Duration) -> (Result<Report, Error>, usize) {
    found.reverse();
    let mut checks = 0;
    let check = async || {
        checks += 1;
        if found.len() > 1 { found.pop().unwrap() } else { Ok(report(Finding::wrong("It is down.", "Start it."))) }
    };
    let outcome = until_right(check, patience, Duration::from_millis(1)).await;
    (outcome, checks)
}

#[tokio::test]
async fn without_patience_one_check_is_made() {
    let wrong = || Ok(report(Finding::wrong("It is down.", "Start it.")));
    let (outcome, checks) = waited(vec![wrong(), wrong()], Duration::ZERO).await;
    assert!(!outcome.unwrap().is_right());
    assert_eq!(checks, 1);
}

#[tokio::test]
async fn with_patience_the_check_is_repeated_until_nothing_is_wrong() {
    let down = Err(Error::Interrupted);
    let wrong = Ok(report(Finding::wrong("It is down.", "Start it.")));
    let warned = Ok(report(Finding::warning("It is slow.", "Wait.")));
    let never = Ok(report(Finding::wrong("It is down again.", "Start it.")));
    let (outcome, checks) = waited(vec![down, wrong, warned, never], Duration::from_mins(1)).await;
    assert!(outcome.unwrap().is_right());
    assert_eq!(checks, 3);
}

#[tokio::test]
async fn what_is_still_wrong_at_the_end_is_reported() {
    let (outcome, checks) = waited(Vec::new(), Duration::from_millis(30)).await;
    assert!(!outcome.unwrap().is_right());
    assert!(checks > 1, "{checks}");
}
