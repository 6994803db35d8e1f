use super::super::track::Point;
use super::*;

#[test]
fn the_format_is_detected_from_the_start_of_the_file() {
    assert_eq!(read("-15.82594,-47.92923\n-15.82942,-47.92765").unwrap().points.len(), 2);
    let line = r#" {"type":"LineString","coordinates":[[-47.92923,-15.82594],[-47.92765,-15.82942]]}"#;
    assert_eq!(read(line).unwrap().points[0], Point { position: [-47.92923, -15.82594], line: None });
    assert!(read("\u{feff}<gpx></gpx>").unwrap_err().to_string().contains("no track"));
    assert!(read("").unwrap_err().to_string().contains("no points"));
}
