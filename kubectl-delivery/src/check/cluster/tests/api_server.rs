use super::*;
use crate::check::finding::Verdict;

fn hello(version: &str, date: Option<&str>) -> Hello {
    let sent: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let received = sent.checked_add(SignedDuration::from_secs(1)).unwrap();
    Hello { version: version.into(), date: date.map(str::to_owned), sent, received }
}

#[test]
fn an_old_version_is_wrong_and_one_that_cannot_be_read_is_a_warning() {
    let verdict = |text| version(text).result;
    assert_eq!(["v1.31.0", "v1.34.2+k3s1", "v2.0.0", "1.33-eks"].map(verdict), [Verdict::Right; 4]);
    assert_eq!(["v1.30.9", "v1.9.3"].map(verdict), [Verdict::Wrong; 2]);
    assert_eq!(["", "latest"].map(verdict), [Verdict::Warning; 2]);
    assert_eq!(version("v1.30.9").way_out.unwrap(), "Upgrade the cluster to Kubernetes 1.31 or later.");
}

#[test]
fn a_clock_that_differs_is_named_with_side_and_size() {
    let found = |date| clock(offset(&hello("v1.34.2", Some(date))));
    assert_eq!(found("Sun, 22 Nov 2026 10:00:00 GMT").result, Verdict::Right);
    let behind = found("Sun, 22 Nov 2026 10:01:30 GMT");
    assert_eq!(behind.message, "This machine's clock is 90 s behind the API server's.");
    assert_eq!(behind.result, Verdict::Warning);
    assert_eq!(
        found("Sun, 22 Nov 2026 09:59:00 GMT").message,
        "This machine's clock is 60 s ahead of the API server's."
    );
    assert_eq!(clock(offset(&hello("v1.34.2", None))).result, Verdict::Skipped);
    assert_eq!(found("yesterday").result, Verdict::Skipped);
}
