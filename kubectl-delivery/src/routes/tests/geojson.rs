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
        (r#"{"type":"LineString","coordinates":[[1,2],[3]]}"#, "Point 1 of the line has 1 numbers"),
        (r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#, "contains 2 lines"),
        ("[1,2]", "not valid GeoJSON"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
