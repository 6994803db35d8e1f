use delivery_fuzz::Fuzz;
use proptest::prelude::*;

use super::*;
use crate::testing::delivery;

fn read(json: &str) -> Filter {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_delivery_matches_every_kind_and_any_name_of_it() {
    let about = delivery("d1").about;
    for (json, wanted) in [
        ("{}", true),
        (r#"{"deliveries":["d0","d1"]}"#, true),
        (r#"{"deliveries":["d0"]}"#, false),
        (r#"{"deliveries":["d1"],"routes":["2"]}"#, false),
        (r#"{"deliveries":["d1"],"routes":["2","1"],"couriers":["moto-7"]}"#, true),
        (r#"{"couriers":["moto-8"]}"#, false),
        (r#"{"couriers":[]}"#, false),
        (r#"{"couriers":null,"rectangle":null}"#, true),
    ] {
        assert_eq!(read(json).wants(&about), wanted, "{json}");
    }
    assert!(read(r#"{"couriers":null}"#).is_open() && !read(r#"{"couriers":[]}"#).is_open());
}

#[test]
fn a_url_is_read_as_the_same_filter_as_json() {
    let url = [("mode", "all"), ("route", "1"), ("courier", "a"), ("route", "2"), ("rectangle", "-48, -16,-47,-15")];
    let json = r#"{"routes":["1","2"],"couriers":["a"],"rectangle":[-48,-16,-47,-15]}"#;
    assert_eq!(Filter::of_parameters(url.into_iter()).unwrap(), read(json));
}

#[test]
fn a_mistake_is_named() {
    for rectangle in ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,0,-10", "-181,0,0,1", "NaN,0,0,0", "0,0,0,91"] {
        let error = Filter::of_parameters([("rectangle", rectangle)].into_iter()).unwrap_err().to_string();
        assert!(error.contains("rectangle"), "{rectangle}: {error}");
    }
    let many = vec![("courier", "x"); MAX_NAMES + 1];
    assert!(Filter::of_parameters(many.into_iter()).unwrap_err().to_string().contains("couriers"));
    let long = "x".repeat(MAX_TEXT + 1);
    assert!(Filter::of_parameters([("route", long.as_str())].into_iter()).unwrap_err().to_string().contains("routes"));
    assert!(serde_json::from_str::<Filter>(r#"{"courier":["x"]}"#).is_err(), "a mistyped kind is no filter");
}

#[test]
fn a_rectangle_may_reach_over_the_180th_meridian() {
    let fiji = Rectangle::from([177.0, -19.0, -178.0, -15.0]);
    assert!(fiji.check().is_ok());
    assert!(fiji.contains([178.0, -17.0]) && fiji.contains([-179.0, -17.0]) && fiji.contains([180.0, -19.0]));
    assert!(!fiji.contains([0.0, -17.0]) && !fiji.contains([178.0, -20.0]));
}

proptest! {
    #[test]
    fn what_is_inside_a_rectangle_is_not_inside_its_complement(
        west in -180.0..180.0, east in -180.0..180.0, lng in -180.0..180.0,
    ) {
        let apart = |one: f64, other: f64| (one - other).abs() > 1e-9;
        prop_assume!(apart(lng, west) && apart(lng, east) && apart(west, east));
        let here = Rectangle::from([west, -90.0, east, 90.0]).contains([lng, 0.0]);
        let beside = Rectangle::from([east, -90.0, west, 90.0]).contains([lng, 0.0]);
        prop_assert!(here != beside);
    }
}

#[test]
fn fuzzed_filters_are_the_same_in_a_url_as_in_a_frame_and_want_what_they_name() {
    let report = Fuzz::new("filter").run(|input| {
        let Ok(filter) = serde_json::from_slice::<Filter>(input) else { return "no filter" };
        if filter.check().is_err() {
            return "refused";
        }
        let named = [("delivery", &filter.deliveries), ("route", &filter.routes), ("courier", &filter.couriers)];
        let pairs = named.map(|(kind, names)| names.iter().flatten().map(move |name| (kind, name.as_str())));
        let rectangle =
            filter.rectangle.map(|Rectangle { west, south, east, north }| format!("{west},{south},{east},{north}"));
        let url = pairs.into_iter().flatten().chain(rectangle.as_deref().map(|rectangle| ("rectangle", rectangle)));
        // A list without names admits nothing, and a URL cannot say so.
        let is_empty = |(_, names): (_, &Option<Vec<String>>)| names.as_ref().is_some_and(Vec::is_empty);
        if !named.into_iter().any(is_empty) {
            assert_eq!(Filter::of_parameters(url), Ok(filter.clone()));
        }
        let first =
            |names: &Option<Vec<String>>| names.as_ref().map_or(Some(String::new()), |names| names.first().cloned());
        let mut about = (*delivery("d1").about).clone();
        if let (Some(id), Some(route), Some(courier)) =
            (first(&filter.deliveries), first(&filter.routes), first(&filter.couriers))
        {
            (about.delivery_id, about.route_id, about.courier) = (id, route, courier);
            assert!(filter.wants(&about), "{filter:?} names {about:?}");
        }
        if let Some(here @ Rectangle { west, south, .. }) = filter.rectangle() {
            assert!(here.contains([*west, *south]), "a corner is inside {here:?}");
        }
        "filter"
    });
    report.reached(&["filter", "refused", "no filter"]);
}
