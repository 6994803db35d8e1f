//! What a path may be, and where one is after so many metres.

#![expect(clippy::float_cmp, reason = "a point of the path is given back to the last bit")]
#![expect(clippy::unwrap_used, reason = "a helper of tests")]

use delivery_motion::{Path, PathError, path};

fn refused(points: &[[f64; 2]]) -> (&'static str, String) {
    let error = Path::new(points).unwrap_err();
    (error.reason(), error.to_string())
}

#[test]
fn a_line_needs_two_points() {
    assert_eq!(refused(&[]).0, "TooFewPoints");
    assert_eq!(refused(&[[1.0, 2.0]]), ("TooFewPoints", "The path needs at least 2 points; it has 1.".to_owned()));
}

#[test]
fn ten_thousand_points_are_taken_and_one_more_is_not() {
    let mut points: Vec<[f64; 2]> =
        (0..path::MAX_POINTS).map(|i| [f64::from(u32::try_from(i).unwrap()) * 1e-4, 0.0]).collect();
    assert!(Path::new(&points).is_ok());
    points.push([0.0, 0.0]);
    let (reason, message) = refused(&points);
    assert_eq!(reason, "TooManyPoints");
    assert!(message.contains("10001") && message.contains("10000"), "{message}");
}

#[test]
fn each_wrong_coordinate_is_named_with_its_point() {
    assert_eq!(
        refused(&[[0.0, 0.0], [f64::NAN, 0.0]]),
        ("NotFinite", "Point 1 of the path has a coordinate that is not a finite number.".to_owned())
    );
    assert_eq!(refused(&[[0.0, f64::INFINITY], [0.0, 0.0]]).0, "NotFinite");
    let (reason, message) = refused(&[[0.0, 0.0], [0.0, 0.1], [0.0, 200.0]]);
    assert_eq!(reason, "LatitudeOutOfRange");
    assert!(message.starts_with("Point 2 of the path has the latitude 200,"), "{message}");
    let (reason, message) = refused(&[[-180.1, 0.0], [0.0, 0.1]]);
    assert_eq!(reason, "LongitudeOutOfRange");
    assert!(message.starts_with("Point 0 of the path has the longitude -180.1,"), "{message}");
}

#[test]
fn a_leap_is_refused_with_its_distance() {
    let (reason, message) = refused(&[[-47.92, -15.82], [-47.93, -15.83], [-15.83, -47.93]]);
    assert_eq!(reason, "Leap");
    assert!(
        message.starts_with("Point 2 of the path is 4")
            && message.contains(" km from the point before it, more than the 50 km"),
        "{message}"
    );
}

#[test]
fn a_path_in_one_place_is_refused_however_the_place_is_written() {
    for same in [vec![[7.5, 50.0]; 3], vec![[180.0, 10.0], [-180.0, 10.0]], vec![[10.0, 90.0], [-60.0, 90.0]]] {
        let error = Path::new(&same).unwrap_err();
        assert_eq!(error, PathError::ZeroLength { count: same.len() });
    }
}

#[test]
fn before_the_start_is_the_first_point_and_beyond_the_end_the_last() {
    let line = Path::new(&[[0.0, 0.0], [0.0, 0.01], [0.01, 0.01]]).unwrap();
    assert_eq!(line.place(-5.0).position, [0.0, 0.0]);
    assert_eq!(line.place(f64::NAN).heading.to_bits(), line.place(0.0).heading.to_bits());
    assert_eq!(line.place(1e9).position, [0.01, 0.01]);
}

#[test]
fn at_a_bend_the_heading_is_the_one_by_which_it_was_reached() {
    let line = Path::new(&[[0.0, 0.0], [0.0, 0.01], [0.01, 0.01]]).unwrap();
    let bend = line.meters_at_point(1);
    assert!(line.place(bend).heading.abs() < 1e-9);
    assert!((line.place(bend + 0.01).heading - 90.0).abs() < 0.01);
}

#[test]
fn repeated_points_keep_the_heading_and_lose_no_length() {
    let line = Path::new(&[[0.0, 0.0], [0.0, 0.0], [0.01, 0.0], [0.01, 0.0], [0.02, 0.0], [0.02, 0.0]]).unwrap();
    let plain = Path::new(&[[0.0, 0.0], [0.01, 0.0], [0.02, 0.0]]).unwrap();
    assert_eq!(line.length_meters().to_bits(), plain.length_meters().to_bits());
    for index in 0..6 {
        assert!((line.place(line.meters_at_point(index)).heading - 90.0).abs() < 1e-9, "point {index}");
    }
}
