use super::*;

#[test]
fn a_request_becomes_a_path() {
    let near = HistoryRequest {
        near: point("-47.93,-15.83").ok(),
        radius: Some(250.5),
        since: Some(5),
        until: Some(9),
        courier: Some("José & co".into()),
        route: Some("1".into()),
        namespace: Some("shop".into()),
        limit: 50,
    };
    assert_eq!(
        near.path(),
        "/history/near?limit=50&point=-47.93,-15.83&radius=250.5&since=5&until=9&courier=Jos%C3%A9%20%26%20co\
             &route=1&namespace=shop"
    );
    assert_eq!(HistoryRequest { limit: 7, ..HistoryRequest::default() }.path(), "/history/deliveries?limit=7");
}

#[test]
fn a_time_can_be_a_date_or_how_long_ago() {
    assert_eq!(moment("24h"), Ok(Moment::Ago(SignedDuration::from_hours(24))));
    for text in ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00", "2026-11-22T07:00:00-03:00"] {
        assert_eq!(moment(text).unwrap().millis(), 1_795_341_600_000, "{text}");
    }
    assert_eq!(moment("2026-11-22").unwrap().millis(), 1_795_305_600_000);
    for text in ["", "yesterday", "-5m", "2026-13-01", "12"] {
        assert!(moment(text) == Err(InvalidMoment), "{text}");
    }
}

#[test]
fn a_point_is_on_earth() {
    for text in ["", "-47.93", "NaN,0", "181,0", "0,91", "0,inf", "-47,93;-15,83", "1,2,3"] {
        assert!(point(text).is_err(), "{text}");
    }
}
