use delivery_api::DeliveryRoute;
use delivery_fuzz::Fuzz;

use super::super::encoding::decode;
use super::super::manifest;
use super::super::simplify::simplify;
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

/// What becomes of a file's line.
fn imported(track: &Track) -> &'static str {
    let error = match manifest::route("lake", None, None, track) {
        Ok((route, meters)) => {
            assert!(meters.is_finite() && meters > 0.0, "{meters}");
            // Reading YAML takes longer than everything else.
            if route.spec.path.len() <= 500 {
                let text = manifest::yaml(&route, None).unwrap();
                let back: DeliveryRoute =
                    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
                assert_eq!((back.spec, back.metadata.name), (route.spec, route.metadata.name), "{text}");
            }
            return "route";
        }
        Err(error) => error,
    };
    assert!(error.to_string().ends_with('.'), "{error}");
    error.reason()
}

#[test]
fn fuzzed_route_files_become_manifests_that_are_read_as_the_same_route_or_are_refused_with_a_sentence() {
    let report = Fuzz::new("route-file").memory_per_byte(1_024).run(|input| {
        let track = match decode(input.to_vec()).and_then(|text| read(&text)) {
            Ok(track) => track,
            Err(error) => {
                let message = error.to_string();
                assert!(message.ends_with('.') && message.len() <= 12 * input.len() + 1_024, "{message}");
                return error.reason();
            }
        };
        // Its cost grows with the square of the number of points where all of them matter.
        if track.points.len() <= 1_000 {
            let is_nowhere = |point: &&Point| point.position.iter().any(|degrees| !degrees.is_finite());
            let nowhere = |points: &[Point]| points.iter().filter(is_nowhere).count();
            let left = simplify(&track.points, 5.0);
            assert_eq!(nowhere(&left), nowhere(&track.points), "a point that is nowhere is not left out in silence");
        }
        imported(&track)
    });
    let mistakes =
        ["Encoding", "NoRoute", "SeveralRoutes", "InvalidPoint", "InvalidGeoJson", "InvalidGpx", "InvalidPath"];
    report.reached(&[&["route"][..], &mistakes].concat());
}
