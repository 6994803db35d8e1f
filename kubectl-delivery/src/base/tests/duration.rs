use super::*;

#[test]
fn a_limit_may_be_none() {
    assert_eq!(parse_limit("0"), Ok(SignedDuration::ZERO));
    assert_eq!(parse_limit("0s"), Ok(SignedDuration::ZERO));
    assert_eq!(parse_limit("5s").unwrap().as_secs(), 5);
    assert!(parse_limit("-5s").is_err() && parse_limit("5").is_err());
}

#[test]
fn durations_are_short_and_precise_enough() {
    let ages = [41, 119, 200, 240, 4_000, 11_000, 30_000, 180_000, 900_000, -5];
    let shown = ages.map(|seconds| age(SignedDuration::from_secs(seconds)));
    assert_eq!(shown, ["41s", "119s", "3m20s", "4m", "66m", "3h3m", "8h", "2d2h", "10d", "0s"]);
    let read = |text: &str| parse(text).ok().map(|duration| duration.as_secs());
    assert_eq!(
        ["90s", "1h30m", "2d", "-5m", "5m ago", "0s", "x"].map(read),
        [Some(90), Some(5_400), None, None, None, None, None]
    );
    assert_eq!([-3, 48, 1_260, 603_000].map(milliseconds), ["-3 ms", "48 ms", "1.2 s", "10m"]);
}
