use super::super::measure::PhaseCount;
use super::*;

fn measures() -> Measures {
    let served = Served {
        positions_per_second: Some(124.04),
        sent_per_second: Some(980.5),
        age_p50_seconds: Some(0.0384),
        age_p99_seconds: Some(1.25),
        lag_records: Some(3),
        clients: 8,
        conflated_per_second: Some(0.0),
    };
    let lag =
        |group: &str, topic: &str, lag_records| GroupLag { group: group.into(), topic: topic.into(), lag_records };
    let phase = |phase: &str, count| PhaseCount { phase: phase.into(), count };
    Measures {
        deliveries: Some(vec![phase("Running", 12), phase("Pending", 3)]),
        served: Some(served),
        dead_letters: Counted { total: 4, per_second: Some(0.5) },
        bad_records: Counted::default(),
        gateways: vec![GatewayRow { pod: "gateway-a".into(), served }],
        groups: vec![lag("operator", "delivery.command", 0), lag("operator", "route.new-direction", 12)],
        missing: vec!["The pod gateway-b cannot be scraped: \u{1b}[2J.".into()],
    }
}

#[test]
fn totals_come_first_then_the_gateways_and_groups_then_what_is_missing() {
    assert_eq!(
        text(&measures()),
        "DELIVERIES     12 Running, 3 Pending
POSITIONS      124.0/s
AGE            p50 38 ms, p99 1.2 s
LAG            3 records
CLIENTS        8
SENT           980.5/s
CONFLATED      0.0/s
DEAD LETTERS   4 (0.5/s)
BAD RECORDS    0 (-)

GATEWAY     POSITIONS     P50     P99   LAG   CLIENTS      SENT   CONFLATED
gateway-a     124.0/s   38 ms   1.2 s     3         8   980.5/s       0.0/s

CONSUMER GROUP   TOPIC                 LAG
operator         delivery.command        0
operator         route.new-direction    12

The pod gateway-b cannot be scraped: \u{fffd}[2J.
"
    );
}

#[test]
fn what_is_not_known_is_a_dash() {
    let text = text(&Measures::default());
    assert!(
        text.starts_with("DELIVERIES     -\nPOSITIONS      -\nAGE            p50 -, p99 -\nLAG            -\n"),
        "{text}"
    );
    assert!(text.contains("CLIENTS        -\n"), "{text}");
}

#[test]
fn a_frame_fits_the_terminal_and_keeps_what_is_missing() {
    for (width, height) in [(20, 4), (80, 12), (200, 50)] {
        let lines = frame(&measures(), Size { width, height });
        assert!(lines.len() < height, "{width}×{height}");
        assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
        assert!(lines.last().unwrap().starts_with("The pod gateway"), "{lines:#?}");
    }
}
