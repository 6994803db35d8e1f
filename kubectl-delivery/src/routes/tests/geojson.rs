use super::*;

#[test]
fn a_line_is_found_in_any_object_that_contains_it() {
    let line = r#"{"type":"LineString","coordinates":[[-47.9,-15.8,1172.0],[-47.8,-15.7]]}"#;
    let feature =
        format!(r#"{{"type":"Feature","id":7,"properties":{{"name":"Lake","title":"Lake shore"}},"geometry":{line}}}"#);
    let point = r#"{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[0,0]}}"#;
    let nothing = r#"{"type":"Feature","properties":{},"geometry":null}"#;
    let collection =
        format!(r#"{{"type":"FeatureCollection","bbox":[0,0,1,1],"features":[{point},{nothing},{feature}]}}"#);
    for (text, title) in [(line, None), (&feature, Some("Lake shore")), (&collection, Some("Lake shore"))] {
        let track = read(text).unwrap();
        assert_eq!(track.title.as_deref(), title);
        assert_eq!(
            track.points.iter().map(|point| point.position).collect::<Vec<_>>(),
            [[-47.9, -15.8], [-47.8, -15.7]]
        );
    }
}

#[test]
fn files_without_a_line_or_with_several_are_refused() {
    for (text, expected) in [
        (r#"{"type":"Point","coordinates":[0,0]}"#, "no LineString"),
        (r#"{"type":"Topology"}"#, "not valid GeoJSON: unknown variant `Topology`"),
        (r#"{"type":"LineString","coordinates":[[1,"x"]]}"#, "not valid GeoJSON"),
        (r#"{"type":"LineString","coordinates":[[1,2],[3]]}"#, "Point 1 of the line does not begin with two numbers"),
        (
            r#"{"type":"LineString","coordinates":[[null,2],[3,4]]}"#,
            "Point 0 of the line does not begin with two numbers",
        ),
        (r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#, "contains 2 lines; keep"),
        ("[1,2]", "not valid GeoJSON"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn lines_without_points_are_left_out_and_several_are_named() {
    let feature = |name: &str, points: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{{"type":"LineString","coordinates":[{points}]}}}}"#
        )
    };
    let all = |features: &[String]| format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let (empty, lake) = (feature("Old", ""), feature("Lake", "[1,2],[1,2.0001]"));
    let track = read(&all(&[lake.clone(), empty.clone()])).unwrap();
    assert_eq!(track.title.as_deref(), Some("Lake"));
    assert_eq!(track.remarks, ["The line \"Old\" has no points and is left out."]);
    assert!(read(&empty).unwrap_err().to_string().contains("no LineString"));
    let several = read(&all(&[lake, feature("Shore", "[1,2],[3,4]")])).unwrap_err().to_string();
    assert!(several.contains("contains 2 lines (\"Lake\", \"Shore\"); keep"), "{several}");
}

#[test]
fn a_hole_in_a_line_is_told() {
    let line = r#"{"type":"LineString","coordinates":[[0,0],[0,0.0001],[0,0.0002],[0,0.02],[0,0.0201]]}"#;
    let remarks = read(line).unwrap().remarks;
    assert_eq!(remarks, ["The line has a hole of 2.20 km after point 2; a straight line crosses it."]);
}

#[test]
fn null_heights_and_further_numbers_are_ignored() {
    for rest in ["null", "1001.5,1777000000", "null,null,7"] {
        let line = format!(r#"{{"type":"LineString","coordinates":[[-47.9,-15.8,{rest}],[-47.8,-15.7,{rest}]]}}"#);
        let positions: Vec<_> = read(&line).unwrap().points.iter().map(|point| point.position).collect();
        assert_eq!(positions, [[-47.9, -15.8], [-47.8, -15.7]], "{rest}");
    }
}

#[test]
fn an_empty_title_counts_as_none() {
    for (properties, title) in
        [(r#"{"name":""}"#, None), (r#"{"title":" "}"#, None), (r#"{"title":"","name":" Lake "}"#, Some("Lake"))]
    {
        let geometry = r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#;
        let feature = format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#);
        assert_eq!(read(&feature).unwrap().title.as_deref(), title, "{properties}");
    }
}
