use kube::CustomResourceExt as _;

use super::super::track::Point;
use super::*;

fn track(positions: &[[f64; 2]]) -> Track {
    let points = positions.iter().zip(10..).map(|(&position, line)| Point { position, line: Some(line) });
    Track { title: Some("Lake: \"shore\"".into()), points: points.collect(), remarks: Vec::new() }
}

#[test]
fn the_manifest_parses_as_the_same_route() {
    let track = track(&[[-47.123_456_789, -15.0], [-47.2, -15.000_000_04], [-47.3, 1e-7 - 15.0]]);
    let (route, length) = route("lake", None, Some("007".into()), &track).unwrap();
    assert!((18_900.0..19_000.0).contains(&length), "{length}");
    let text = yaml(&route, Some("shop")).unwrap();
    assert!(
        text.ends_with("  path:\n    - [-47.1234568, -15]\n    - [-47.2, -15]\n    - [-47.3, -14.9999999]\n"),
        "{text}"
    );
    let read: DeliveryRoute = serde_yaml::from_str(&text).unwrap();
    assert_eq!(read.spec, route.spec);
    assert_eq!(read.spec.title.as_deref(), Some("Lake: \"shore\""));
    assert_eq!(read.metadata.namespace.as_deref(), Some("shop"));
}

#[test]
fn a_path_that_cannot_be_driven_is_refused_with_the_line_in_the_file() {
    let refused = |positions: &[[f64; 2]]| route("lake", None, None, &track(positions)).unwrap_err().to_string();
    assert!(refused(&[[0.0, 0.0], [0.0, 1.0]]).starts_with("Line 11: Point 1 of the path is 111.2 km"));
    assert!(refused(&[[0.0, 0.0], [181.0, 0.0]]).starts_with("Line 11: Point 1 of the path has the longitude 181"));
    assert!(refused(&[[1.0, 1.0], [1.0, 1.0]]).starts_with("All 2 points"));
    assert!(refused(&[[1.0, 1.0]]).contains("needs at least 2 points; it has 1"));
    assert!(refused(&vec![[1.0, 1.0]; 10_001]).contains("10001 points; a route has at most 10000"));
}

#[test]
fn a_name_is_derived_from_the_file_or_requested() {
    assert_eq!(name_of("Lago Paranoá (norte).gpx"), "lago-parano-norte-gpx");
    assert_eq!(name_of("1"), "1");
    assert_eq!(name_of(&format!("{}-shore", "x".repeat(40))), "x".repeat(40), "cut at a hyphen, which is removed, too");
    let point = track(&[[0.0, 0.0], [0.0, 0.1]]);
    for name in ["", "Lake", "lake.shore", "-lake", "lake-", &"l".repeat(42)] {
        let message = route(name, None, None, &point).unwrap_err().to_string();
        assert!(message.contains("--name"), "{message}");
    }
}

#[test]
fn what_yaml_1_1_takes_for_something_else_is_quoted() {
    let points = track(&[[0.0, 0.0], [0.0, 0.1]]);
    for text in [
        "no",
        "No",
        "NO",
        "yes",
        "on",
        "Off",
        "y",
        "N",
        "true",
        "null",
        "~",
        "1_000",
        "1",
        "12:30",
        "0x1F",
        "0b1",
        "1e3",
        "+1",
        "-.inf",
        ".NaN",
        "2026-11-29",
        "<<",
        "=",
        "it's",
        "",
        "1's",
    ] {
        let (mut route, _) = route("lake", None, None, &points).unwrap();
        route.metadata.name = Some(text.to_owned());
        (route.spec.title, route.spec.id) = (Some(text.to_owned()), Some(text.to_owned()));
        let manifest = yaml(&route, Some(text)).unwrap();
        for key in ["name", "namespace", "title", "id"] {
            let plain = format!("\n  {key}: {text}\n");
            assert_eq!(manifest.contains(&plain), text == "it's", "{manifest}");
        }
        let read: DeliveryRoute = serde_yaml::from_str(&manifest).unwrap();
        assert_eq!(
            (read.metadata, read.spec),
            (kube::core::ObjectMeta { namespace: Some(text.to_owned()), ..route.metadata }, route.spec)
        );
    }
    let (route, _) = route("north", Some("Nova York, não".into()), None, &points).unwrap();
    assert!(yaml(&route, None).unwrap().contains("  name: north\nspec:\n  title: Nova York, não\n"));
}

#[test]
fn a_title_that_is_too_long_is_cut_if_it_is_the_files_and_refused_if_it_is_requested() {
    let crd = serde_json::to_value(DeliveryRoute::crd()).unwrap();
    let title = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/title/maxLength";
    assert_eq!(crd.pointer(title).unwrap(), MAX_TITLE);

    let mut points = track(&[[0.0, 0.0], [0.0, 0.1]]);
    let long = "é".repeat(MAX_TITLE + 33);
    points.title = Some(long.clone());
    let cut = route("lake", None, None, &points).unwrap().0.spec.title.unwrap();
    assert_eq!(cut, "é".repeat(MAX_TITLE - 1) + "…");
    points.title = Some("é".repeat(MAX_TITLE));
    assert_eq!(route("lake", None, None, &points).unwrap().0.spec.title, points.title);

    for (title, expected) in [(long, "The title has 133 characters"), (String::new(), "The title has 0 characters")] {
        let message = route("lake", Some(title), None, &points).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("--title"), "{message}");
    }
}

#[test]
fn too_many_points_can_be_left_out_with_a_flag() {
    let many: Vec<_> = (0..10_800).map(|at| [-47.9 + f64::from(at) * 1e-5, -15.8]).collect();
    let message = route("lake", None, None, &track(&many)).unwrap_err().to_string();
    assert_eq!(
        message,
        "The line has 10800 points; a route has at most 10000. Leave out those that make no difference with --simplify METRES, \
         for example --simplify 5, or split it."
    );
}
