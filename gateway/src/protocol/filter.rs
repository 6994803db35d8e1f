//! Which deliveries a client wants to see: by id, by route, by courier, and those inside a rectangle of the map.
//!
//! Pure. A delivery must match each given criterion, by any of its names. Which deliveries a client has on its map is
//! left to [`crate::stream::clients::interest`].

use delivery_messages::LngLat;
use delivery_messages::deliveries::direction::MAX_TEXT;
use serde::Deserialize;

use crate::model::delivery::About;

/// The maximum number of names per criterion.
pub(crate) const MAX_NAMES: usize = 200;

/// A filter; the default filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Filter {
    deliveries: Option<Vec<String>>,
    routes: Option<Vec<String>>,
    couriers: Option<Vec<String>>,
    rectangle: Option<Rectangle>,
}

/// Why a filter is rejected, as the end of a sentence.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum InvalidFilter {
    #[error("it names {1} {0}; the maximum is {MAX_NAMES}")]
    TooMany(&'static str, usize),
    #[error("one of its {0} is longer than {MAX_TEXT} characters")]
    TooLong(&'static str),
    #[error("the rectangle {0:?} is not west,south,east,north in degrees")]
    NoRectangle(String),
    #[error(
        "the rectangle {0:?} is not [west, south, east, north] in degrees, with longitudes within ±180, latitudes within ±90 and \
         south below north"
    )]
    OffTheEarth([f64; 4]),
}

/// A part of the map between two meridians and two parallels; with `west` > `east` it crosses the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "[f64; 4]")]
pub(crate) struct Rectangle {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl From<[f64; 4]> for Rectangle {
    fn from([west, south, east, north]: [f64; 4]) -> Self {
        Self { west, south, east, north }
    }
}

impl Rectangle {
    /// Whether a position is inside or on the edge.
    pub(crate) fn contains(&self, [lng, lat]: LngLat) -> bool {
        let between = if self.west <= self.east {
            lng >= self.west && lng <= self.east
        } else {
            lng >= self.west || lng <= self.east
        };
        between && lat >= self.south && lat <= self.north
    }

    fn check(&self) -> Result<(), InvalidFilter> {
        let Self { west, south, east, north } = *self;
        let on_earth = west.abs() <= 180.0 && east.abs() <= 180.0 && south.abs() <= 90.0 && north.abs() <= 90.0;
        if !on_earth || south > north {
            return Err(InvalidFilter::OffTheEarth([west, south, east, north]));
        }
        Ok(())
    }
}

impl Filter {
    /// Reads the parameters `delivery`, `route`, `courier` (each any number of times) and `rectangle` of a URL; others are ignored.
    ///
    /// # Errors
    /// The first problem.
    pub(crate) fn of_parameters<'a>(
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidFilter> {
        let mut filter = Self::default();
        for (name, value) in parameters {
            let names = match name {
                "delivery" => &mut filter.deliveries,
                "route" => &mut filter.routes,
                "courier" => &mut filter.couriers,
                "rectangle" => {
                    filter.rectangle = Some(rectangle(value)?);
                    continue;
                }
                _ => continue,
            };
            names.get_or_insert_default().push(value.to_owned());
        }
        filter.check()?;
        Ok(filter)
    }

    /// Checks what the types cannot express.
    ///
    /// # Errors
    /// The first problem.
    pub(crate) fn check(&self) -> Result<(), InvalidFilter> {
        for (kind, names) in [("deliveries", &self.deliveries), ("routes", &self.routes), ("couriers", &self.couriers)]
        {
            let names = names.as_deref().unwrap_or_default();
            if names.len() > MAX_NAMES {
                return Err(InvalidFilter::TooMany(kind, names.len()));
            }
            if names.iter().any(|name| name.chars().count() > MAX_TEXT) {
                return Err(InvalidFilter::TooLong(kind));
            }
        }
        self.rectangle.iter().try_for_each(Rectangle::check)
    }

    pub(crate) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a delivery is wanted, regardless of where its vehicle is.
    pub(crate) fn wants(&self, about: &About) -> bool {
        let holds =
            |names: &Option<Vec<String>>, value: &String| names.as_ref().is_none_or(|names| names.contains(value));
        holds(&self.deliveries, &about.delivery_id)
            && holds(&self.routes, &about.route_id)
            && holds(&self.couriers, &about.courier)
    }

    /// The part of the map; none: all of it.
    pub(crate) const fn rectangle(&self) -> Option<&Rectangle> {
        self.rectangle.as_ref()
    }
}

fn rectangle(text: &str) -> Result<Rectangle, InvalidFilter> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    numbers
        .ok()
        .and_then(|numbers| <[f64; 4]>::try_from(numbers).ok())
        .map(Rectangle::from)
        .ok_or_else(|| InvalidFilter::NoRectangle(text.to_owned()))
}

#[cfg(test)]
#[path = "tests/filter.rs"]
mod tests;
