//! Which deliveries a client wants to see: some by id, by route, by courier, and those inside a rectangle of the map.
//!
//! Pure. Different kinds must all hold, of one kind any. What a client has been told of them is for [`crate::interest`].

use crate::delivery::About;
use delivery_messages::LngLat;
use delivery_messages::direction::MAX_TEXT;
use serde::Deserialize;

/// The most names of one kind.
pub const MAX_NAMES: usize = 200;

/// A filter; the default filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Filter {
    deliveries: Option<Vec<String>>,
    routes: Option<Vec<String>>,
    couriers: Option<Vec<String>>,
    rectangle: Option<Rectangle>,
}

/// A part of the map between two meridians and two parallels; `west` > `east` reaches over the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "[f64; 4]")]
pub struct Rectangle {
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
    /// Whether a position is inside, its edge included.
    #[must_use]
    pub fn contains(&self, [lng, lat]: LngLat) -> bool {
        let between = if self.west <= self.east {
            lng >= self.west && lng <= self.east
        } else {
            lng >= self.west || lng <= self.east
        };
        between && lat >= self.south && lat <= self.north
    }

    fn check(&self) -> Result<(), String> {
        let Self { west, south, east, north } = *self;
        let on_earth = west.abs() <= 180.0 && east.abs() <= 180.0 && south.abs() <= 90.0 && north.abs() <= 90.0;
        if !on_earth || south > north {
            return Err(format!(
                "the rectangle [{west}, {south}, {east}, {north}] is not [west, south, east, north] in degrees, \
                 with longitudes within ±180, latitudes within ±90 and south below north"
            ));
        }
        Ok(())
    }
}

impl Filter {
    /// Reads the parameters `delivery`, `route`, `courier` (each any number of times) and `rectangle` of a URL; others are
    /// not looked at.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub fn of_parameters<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
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

    /// Checks what the form does not say.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub fn check(&self) -> Result<(), String> {
        for (kind, names) in [("deliveries", &self.deliveries), ("routes", &self.routes), ("couriers", &self.couriers)]
        {
            let names = names.as_deref().unwrap_or_default();
            if names.len() > MAX_NAMES {
                return Err(format!("it names {} {kind}, more than the {MAX_NAMES} that it may", names.len()));
            }
            if names.iter().any(|name| name.chars().count() > MAX_TEXT) {
                return Err(format!("one of its {kind} is longer than {MAX_TEXT} characters"));
            }
        }
        self.rectangle.iter().try_for_each(Rectangle::check)
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a delivery is wanted, wherever its vehicle is.
    #[must_use]
    pub fn wants(&self, about: &About) -> bool {
        let holds =
            |names: &Option<Vec<String>>, value: &String| names.as_ref().is_none_or(|names| names.contains(value));
        holds(&self.deliveries, &about.delivery_id)
            && holds(&self.routes, &about.route_id)
            && holds(&self.couriers, &about.courier)
    }

    /// The part of the map; none: all of it.
    #[must_use]
    pub const fn rectangle(&self) -> Option<&Rectangle> {
        self.rectangle.as_ref()
    }
}

fn rectangle(text: &str) -> Result<Rectangle, String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    numbers
        .ok()
        .and_then(|numbers| <[f64; 4]>::try_from(numbers).ok())
        .map(Rectangle::from)
        .ok_or_else(|| format!("the rectangle {text:?} is not west,south,east,north in degrees"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::delivery;
    use proptest::prelude::*;

    fn read(json: &str) -> Filter {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn kinds_must_all_hold_and_names_of_one_kind_any() {
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
    fn a_url_says_the_same_as_json() {
        let url =
            [("mode", "all"), ("route", "1"), ("courier", "a"), ("route", "2"), ("rectangle", "-48, -16,-47,-15")];
        let json = r#"{"routes":["1","2"],"couriers":["a"],"rectangle":[-48,-16,-47,-15]}"#;
        assert_eq!(Filter::of_parameters(url.into_iter()).unwrap(), read(json));
    }

    #[test]
    fn a_mistake_is_named() {
        for rectangle in ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,0,-10", "-181,0,0,1", "NaN,0,0,0", "0,0,0,91"] {
            let error = Filter::of_parameters([("rectangle", rectangle)].into_iter()).unwrap_err();
            assert!(error.contains("rectangle"), "{rectangle}: {error}");
        }
        let many = vec![("courier", "x"); MAX_NAMES + 1];
        assert!(Filter::of_parameters(many.into_iter()).unwrap_err().contains("couriers"));
        let long = "x".repeat(MAX_TEXT + 1);
        assert!(Filter::of_parameters([("route", long.as_str())].into_iter()).unwrap_err().contains("routes"));
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
}
