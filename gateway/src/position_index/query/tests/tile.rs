use proptest::prelude::*;

use super::*;

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Rectangle {
    Rectangle { west, south, east, north }
}

#[test]
fn the_zoom_follows_the_rectangle() {
    let world = rectangle(-180.0, -90.0, 180.0, 90.0);
    assert_eq!((zoom(&world), tiles(&world, 6)), (6, 4_096));
    let town = rectangle(-48.1, -15.9, -47.8, -15.7);
    assert!(tiles(&town, zoom(&town)) <= MAX && tiles(&town, zoom(&town) + 1) > MAX);
    assert_eq!(zoom(&rectangle(1.0, 1.0, 1.000_001, 1.000_001)), MAX_ZOOM);
    // Fiji, on both sides of the 180th meridian, has as many as an area of its size elsewhere.
    let (fiji, there) = (rectangle(179.0, -18.0, -179.0, -17.0), rectangle(9.0, -18.0, 11.0, -17.0));
    assert_eq!(zoom(&fiji), zoom(&there));
}

#[test]
fn the_centre_of_a_square_is_in_it() {
    assert_eq!(centre("0/0/0"), Some([0.0, 0.0]));
    assert_eq!(centre("1/1/0"), Some([90.0, 66.513_260_4]));
    for strange in ["", "1", "1/2/0", "1/0/2", "1/0/0/0", "30/0/0", "-1/0/0", "1/x/0", "99999999999/0/0"] {
        assert_eq!(centre(strange), None, "{strange}");
    }
}

proptest! {
    #[test]
    fn a_place_is_in_the_square_whose_centre_is_nearest(lng in -180.0..180.0, lat in -85.0..85.0, zoom in 0..20_u32) {
        let name = format!("{zoom}/{}/{}", column(lng, zoom), row(lat, zoom));
        let [x, y] = centre(&name).unwrap();
        let side = 360.0 / f64_of(1 << zoom);
        prop_assert!((x - lng).abs() <= side / 2.0 + 1e-6, "{name}: {x} {lng}");
        prop_assert!((y - lat).abs() <= side, "{name}: {y} {lat}");
    }

    #[test]
    fn no_rectangle_has_too_many_squares(
        west in -180.0..180.0, east in -180.0..180.0, south in -90.0..89.0, high in 0.000_001..1.0,
    ) {
        prop_assume!(f64::to_bits(west) != f64::to_bits(east));
        let found = rectangle(west, south, east, south + high);
        prop_assert!(tiles(&found, zoom(&found)) <= MAX);
    }
}
