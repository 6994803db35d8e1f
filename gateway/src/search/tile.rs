//! The squares of a web map, which heat is counted in.
//!
//! Pure. At the zoom `z` the map has 2^z × 2^z of them, numbered from its upper left, in the Web Mercator projection
//! (<https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames>), as the aggregation `geotile_grid` has them.

use super::parameters::Rectangle;
use delivery_messages::LngLat;
use std::f64::consts::PI;

/// The most squares that a rectangle is divided into.
pub const MOST: u64 = 10_000;
/// The finest zoom: squares of ten metres, at the equator. Finer ones would show the noise of receivers.
const FINEST: u32 = 22;

/// The finest zoom at which a rectangle has no more than [`MOST`] squares.
#[must_use]
pub fn zoom(rectangle: &Rectangle) -> u32 {
    (0..=FINEST).rev().find(|zoom| squares(rectangle, *zoom) <= MOST).unwrap_or(0)
}

/// How many squares a rectangle touches.
fn squares(rectangle: &Rectangle, zoom: u32) -> u64 {
    let (left, right) = (column(rectangle.west, zoom), column(rectangle.east, zoom));
    let side = 1 << zoom;
    let wide = if rectangle.west < rectangle.east { right - left } else { side + right - left };
    let high = row(rectangle.south, zoom) - row(rectangle.north, zoom);
    (wide + 1).min(side) * (high + 1)
}

fn column(lng: f64, zoom: u32) -> u64 {
    place((lng + 180.0) / 360.0, zoom)
}

fn row(lat: f64, zoom: u32) -> u64 {
    let mercator = lat.to_radians().tan().asinh();
    place((1.0 - mercator / PI) / 2.0, zoom)
}

/// The square at a part, 0 to 1, of the map's side. What is beyond the map, near a pole, is at its edge.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the map's side")]
fn place(part: f64, zoom: u32) -> u64 {
    let side = 1_u64 << zoom;
    ((part.clamp(0.0, 1.0) * f64_of(side)) as u64).min(side - 1)
}

#[expect(clippy::cast_precision_loss, reason = "a map has at most 2^29 squares in a row")]
const fn f64_of(number: u64) -> f64 {
    number as f64
}

/// The centre of the square that is called `z/x/y`; none of what is no square.
#[must_use]
pub fn centre(name: &str) -> Option<LngLat> {
    let mut parts = name.split('/');
    let zoom: u32 = parts.next()?.parse().ok().filter(|zoom| *zoom <= 29)?;
    let side = 1_u64 << zoom;
    let mut next = || parts.next()?.parse::<u64>().ok().filter(|place| *place < side);
    let (column, row) = (next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    let middle = |place: u64| (f64_of(place) + 0.5) / f64_of(side);
    let lat = (PI * (1.0 - 2.0 * middle(row))).sinh().atan().to_degrees();
    Some([rounded(middle(column) * 360.0 - 180.0), rounded(lat)])
}

/// To 1e-7°, a centimetre.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Rectangle {
        Rectangle { west, south, east, north }
    }

    #[test]
    fn the_zoom_follows_the_rectangle() {
        let world = rectangle(-180.0, -90.0, 180.0, 90.0);
        assert_eq!((zoom(&world), squares(&world, 6)), (6, 4_096));
        let town = rectangle(-48.1, -15.9, -47.8, -15.7);
        assert!(squares(&town, zoom(&town)) <= MOST && squares(&town, zoom(&town) + 1) > MOST);
        assert_eq!(zoom(&rectangle(1.0, 1.0, 1.000_001, 1.000_001)), FINEST);
        // Fiji, on both sides of the 180th meridian, has as many as a place of its size elsewhere.
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
            prop_assert!(squares(&found, zoom(&found)) <= MOST);
        }
    }
}
