use super::*;

const HEAD: &str = r#"<?xml version="1.0"?>
<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1">
  <metadata><name>Not this</name></metadata>
  <wpt lat="1" lon="2"/>
"#;

#[test]
fn a_track_is_its_segments_one_after_the_other() {
    let text = format!(
        r#"{HEAD}<trk><name> Lake </name><trkseg>
            <trkpt lat="-15.8" lon="-47.9"><ele>1172</ele></trkpt></trkseg><trkseg>
            <trkpt lat="-15.7" lon="-47.8"/></trkseg></trk><rte><rtept lat="0" lon="0"/></rte></gpx>"#
    );
    let track = read(&text).unwrap();
    assert_eq!(track.title.as_deref(), Some("Lake"));
    assert_eq!(track.points[0], Point { position: [-47.9, -15.8], line: Some(6) });
    assert_eq!(track.points[1], Point { position: [-47.8, -15.7], line: Some(7) });
}

#[test]
fn without_a_track_the_route_is_used() {
    let text = format!(r#"{HEAD}<rte><rtept lat="1" lon="2"/><rtept lat="3" lon="4"/></rte></gpx>"#);
    assert_eq!(read(&text).unwrap().points[1], Point { position: [4.0, 3.0], line: Some(5) });
}

#[test]
fn files_without_a_track_are_refused_with_the_line() {
    for (text, expected) in [
        ("<gpx>".to_owned(), "not valid GPX"),
        (format!("{HEAD}</gpx>"), "no track (trk) and no route"),
        (format!("{HEAD}<trk/><trk/></gpx>"), "contains 2"),
        (format!("{HEAD}<trk><trkseg>\n<trkpt lat='1'/></trkseg></trk></gpx>"), "line 6 has no lon"),
        (r#"<!DOCTYPE x [<!ENTITY a "b">]><gpx>&a;</gpx>"#.to_owned(), "not valid GPX"),
    ] {
        let message = read(&text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
