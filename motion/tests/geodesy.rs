//! Geodesy against distances and courses that were published elsewhere.

use delivery_motion::geodesy::{
    EARTH_RADIUS_METERS, course_degrees, destination, distance_meters, full_circle, intermediate,
};

/// Los Angeles and New York, the worked example of the Aviation Formulary: 3 944 km, initial course 66°.
const LAX: [f64; 2] = [-(118.0 + 24.0 / 60.0), 33.0 + 57.0 / 60.0];
const JFK: [f64; 2] = [-(73.0 + 47.0 / 60.0), 40.0 + 38.0 / 60.0];

#[track_caller]
fn close(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected} ± {tolerance}");
}

#[test]
fn the_worked_example_of_the_aviation_formulary_comes_out() {
    close(distance_meters(LAX, JFK) / EARTH_RADIUS_METERS, 0.623_585, 1e-6);
    close(course_degrees(LAX, JFK).to_radians(), 1.150_035, 1e-6);
    // "0.4 of the way": 38°40.167′ N, 101°37.570′ W.
    let [longitude, latitude] = intermediate(LAX, JFK, 0.4);
    close(latitude, 38.0 + 40.167 / 60.0, 1e-5);
    close(longitude, -(101.0 + 37.570 / 60.0), 1e-5);
    // "100 nautical miles from LAX on the 66° radial": 34°37′ N, 116°33′ W; a mile is a minute of arc there.
    let [longitude, latitude] = destination(LAX, 66.0, (100.0_f64 / 60.0).to_radians() * EARTH_RADIUS_METERS);
    close(latitude, 34.0 + 37.0 / 60.0, 1.0 / 60.0);
    close(longitude, -(116.0 + 33.0 / 60.0), 1.0 / 60.0);
}

#[test]
fn a_degree_of_a_meridian_and_of_the_equator_is_111_195_metres() {
    let degree = EARTH_RADIUS_METERS.to_radians();
    close(degree, 111_195.08, 0.01);
    close(distance_meters([10.0, 20.0], [10.0, 21.0]), degree, 1e-6);
    close(distance_meters([10.0, 0.0], [11.0, 0.0]), degree, 1e-6);
}

#[test]
fn half_the_earth_is_half_its_circumference() {
    close(distance_meters([0.0, 90.0], [0.0, -90.0]), EARTH_RADIUS_METERS * std::f64::consts::PI, 1e-3);
    close(distance_meters([-90.0, 0.0], [90.0, 0.0]), EARTH_RADIUS_METERS * std::f64::consts::PI, 1e-3);
}

#[test]
fn courses_are_clockwise_from_north() {
    for (to, course) in [([0.0, 1.0], 0.0), ([1.0, 0.0], 90.0), ([0.0, -1.0], 180.0), ([-1.0, 0.0], 270.0)] {
        close(course_degrees([0.0, 0.0], to), course, 1e-12);
    }
}

#[test]
fn the_antimeridian_is_crossed_the_short_way() {
    let (west, east) = ([179.9, 10.0], [-179.9, 10.0]);
    close(distance_meters(west, east), 0.2 * EARTH_RADIUS_METERS.to_radians() * 10.0_f64.to_radians().cos(), 0.1);
    close(course_degrees(west, east), 90.0, 0.1);
    close(intermediate(west, east, 0.5)[0].abs(), 180.0, 1e-9);
    close(intermediate(west, east, 0.75)[0], -179.95, 1e-6);
    close(destination([179.999, 0.0], 90.0, 1_000.0)[0], -179.992, 1e-3);
}

#[test]
fn a_pole_can_be_left_and_crossed() {
    let (here, there) = ([0.0, 89.9], [180.0, 89.9]);
    close(distance_meters(here, there), 0.2 * EARTH_RADIUS_METERS.to_radians(), 1e-3);
    close(intermediate(here, there, 0.5)[1], 90.0, 1e-6);
    close(intermediate(here, there, 0.75)[0].abs(), 180.0, 1e-6);
    close(distance_meters([12.0, 90.0], destination([12.0, 90.0], 33.0, 25.0)), 25.0, 1e-3);
}

#[test]
fn a_full_circle_is_no_circle() {
    for (angle, turned) in [(360.0, 0.0), (-90.0, 270.0), (725.0, 5.0), (-1e-20, 0.0)] {
        assert_eq!(full_circle(angle).to_bits(), f64::to_bits(turned), "{angle}");
    }
}
