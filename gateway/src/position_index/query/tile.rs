//! Web map tiles, the cells of the heatmap.
//!
//! Pure. At zoom `z` the map has 2^z × 2^z of them, numbered from the upper left, in the Web Mercator projection
//! (<https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames>), as the aggregation `geotile_grid` has them.

use std::f64::consts::PI;

use delivery_messages::LngLat;

use crate::position_index::parameters::Rectangle;

/// The maximum number of tiles in a rectangle.
pub(crate) const MAX: u64 = 10_000;
/// The maximum zoom: tiles of ten metres at the equator. Finer ones would show receiver noise.
const MAX_ZOOM: u32 = 22;

/// The largest zoom at which a rectangle has at most [`MAX`] tiles.
#[must_use]
pub(crate) fn zoom(rectangle: &Rectangle) -> u32 {
    (0..=MAX_ZOOM).rev().find(|zoom| tiles(rectangle, *zoom) <= MAX).unwrap_or(0)
}

/// How many tiles a rectangle touches.
fn tiles(rectangle: &Rectangle, zoom: u32) -> u64 {
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

/// The tile at a fraction, 0 to 1, of the map's side. Beyond the map, near a pole, it is the one at the edge.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the map's side")]
fn place(part: f64, zoom: u32) -> u64 {
    let side = 1_u64 << zoom;
    ((part.clamp(0.0, 1.0) * f64_of(side)) as u64).min(side - 1)
}

#[expect(clippy::cast_precision_loss, reason = "a map has at most 2^29 tiles in a row")]
const fn f64_of(number: u64) -> f64 {
    number as f64
}

/// The centre of the tile `z/x/y`; `None` when the name is not a tile.
#[must_use]
pub(crate) fn centre(name: &str) -> Option<LngLat> {
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
#[path = "tests/tile.rs"]
mod tests;
