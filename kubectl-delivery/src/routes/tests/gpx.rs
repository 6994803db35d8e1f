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
    assert_eq!(
        track.remarks,
        [
            "The track \"Lake\" has 2 segments, joined by straight lines; the longest is 15.43 km, after line 6 of the file."
        ]
    );
}

#[test]
fn segments_that_a_pause_separates_need_no_remark() {
    let text = format!(
        r#"{HEAD}<trk><trkseg><trkpt lat="-15.8" lon="-47.9"/></trkseg>
            <trkseg><trkpt lat="-15.8005" lon="-47.9"/></trkseg></trk></gpx>"#
    );
    assert_eq!(read(&text).unwrap().remarks, [""; 0]);
}

#[test]
fn the_way_between_a_routes_points_is_taken_from_garmins_extension() {
    let text = format!(
        r#"{HEAD}<rte xmlns:x="http://www.garmin.com/xmlschemas/GpxExtensions/v3"><rtept lat="1" lon="2"><extensions>
            <x:RoutePointExtension><x:rpt lat="1.5" lon="2"/><x:rpt lat="1.5" lon="3"/></x:RoutePointExtension>
            </extensions></rtept><rtept lat="1.5" lon="4"/></rte></gpx>"#
    );
    let track = read(&text).unwrap();
    let positions: Vec<_> = track.points.iter().map(|point| point.position).collect();
    assert_eq!(positions, [[2.0, 1.0], [2.0, 1.5], [3.0, 1.5], [4.0, 1.5]]);
    assert_eq!(track.remarks[0], "Of the line's 4 points, 2 are Garmin's extension of the route (rpt).");
    assert!(track.remarks[1].starts_with("The route has only 4 points, on average 92."), "{:?}", track.remarks);
}

#[test]
fn tracks_and_routes_without_points_are_left_out_by_name() {
    let text = format!(
        r#"{HEAD}<trk><name>Old</name><trkseg/></trk><trk><name>Lake</name><trkseg><trkpt lat="1" lon="2"/>
            <trkpt lat="1.0001" lon="2"/></trkseg></trk><trk/><rte><name>Plan</name></rte></gpx>"#
    );
    let track = read(&text).unwrap();
    assert_eq!((track.title.as_deref(), track.points.len()), (Some("Lake"), 2));
    let left_out = ["The track \"Old\"", "The track", "The route \"Plan\""];
    assert_eq!(track.remarks, left_out.map(|called| format!("{called} has no points and is left out.")));
    let planned = format!(r#"{HEAD}<trk/><rte><rtept lat="1" lon="2"/><rtept lat="1.001" lon="2"/></rte></gpx>"#);
    assert_eq!(read(&planned).unwrap().points.len(), 2, "an empty track hides no route");
}

#[test]
fn a_hole_in_a_segment_and_a_sparse_route_are_told_by_name() {
    let points: String = [0.0, 0.0001, 0.0002, 0.03, 0.0301, 0.0302]
        .map(|degrees| format!("<trkpt lat=\"{degrees}\" lon=\"2\"/>\n"))
        .concat();
    let text = format!("{HEAD}<trk><name>Lake</name><trkseg>\n{points}</trkseg></trk></gpx>");
    let remarks = read(&text).unwrap().remarks;
    assert_eq!(
        remarks,
        ["The track \"Lake\" has a hole of 3.31 km after line 8 of the file; a straight line crosses it."]
    );
    let text =
        format!(r#"{HEAD}<rte><name>Home</name><rtept lat="1" lon="2"/><rtept lat="1.01" lon="2"/></rte></gpx>"#);
    let remarks = read(&text).unwrap().remarks;
    assert!(remarks[0].starts_with("The route \"Home\" has only 2 points, on average 1.11 km apart"), "{remarks:?}");
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
        (
            format!("{HEAD}<trk/><trk><name>a</name><trkseg/></trk><rte/></gpx>"),
            "no track (trk) and no route (rte) with points",
        ),
        (
            format!("{HEAD}<trk><name>a</name><trkpt lat='1' lon='2'/></trk><trk><trkpt lat='1' lon='2'/></trk></gpx>"),
            "contains 2 tracks or routes (\"a\", …)",
        ),
        (format!("{HEAD}<trk><trkseg>\n<trkpt lat='1'/></trkseg></trk></gpx>"), "line 6 has no lon"),
        (r#"<!DOCTYPE x [<!ENTITY a "b">]><gpx>&a;</gpx>"#.to_owned(), "not valid GPX"),
    ] {
        let message = read(&text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_long_recording_is_read_in_the_time_that_its_length_takes() {
    let points: Vec<_> = (0..60_000).map(|at| format!("<trkpt lat='{}' lon='0'/>\n", f64::from(at) * 1e-6)).collect();
    let text = format!("{HEAD}<trk><trkseg>\n{}</trkseg></trk></gpx>", points.concat());
    let begun = std::time::Instant::now();
    let track = read(&text).unwrap();
    // Counting the lines before each point anew would read 60 GB.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(track.points.last().and_then(|point| point.line), Some(60_005));
}
