//! How many positions were where: `GET /history/heat`.
//!
//! Pure. The squares are those of [`super::tile`].

use super::body::{all, within};
use super::found::{Counted, Found};
use super::parameters::{Invalid, Parameters, Rectangle};
use super::span::{self, Span};
use super::tile;
use super::whose::{self, Whose};
use crate::scope::Scope;
use crate::view::LatLng;
use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

/// The names of its parameters.
pub const PARAMETERS: &[&[&str]] = &[&["rectangle"], span::PARAMETERS, whose::PARAMETERS];

/// The question.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    rectangle: Rectangle,
    /// The time.
    pub span: Span,
    /// Whose deliveries are meant.
    pub whose: Whose,
    zoom: u32,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    precision: u32,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    position: LatLng,
    count: u64,
}

impl Heat {
    /// Reads the question.
    ///
    /// # Errors
    /// When a parameter is none.
    pub fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, Invalid> {
        let rectangle = parameters.rectangle()?;
        Ok(Self {
            span: Span::read(parameters, now)?,
            whose: Whose::read(parameters, scope)?,
            zoom: tile::zoom(&rectangle),
            rectangle,
        })
    }

    /// The search among positions.
    #[must_use]
    pub fn positions(&self, ids: Option<&[String]>) -> Value {
        let Rectangle { west, south, east, north } = self.rectangle;
        let mut filters = self.whose.of_positions(ids);
        filters.push(within("at", self.span));
        filters.push(json!({"geo_bounding_box": {"position": {
            "top_left": {"lat": north, "lon": west}, "bottom_right": {"lat": south, "lon": east},
        }}}));
        let grid = json!({"field": "position", "precision": self.zoom, "size": tile::MOST, "shard_size": tile::MOST});
        json!({
            "size": 0,
            "track_total_hits": false,
            "query": all(&filters),
            "aggs": {"cells": {"geotile_grid": grid}},
        })
    }

    /// The answer, of what was found.
    #[must_use]
    pub fn answer(&self, positions: &Found) -> Answer {
        let squares = positions.buckets::<Counted<String>>("cells");
        let cell = |square: Counted<String>| {
            tile::centre(&square.key).map(|centre| Cell { position: centre.into(), count: square.count })
        };
        Answer { precision: self.zoom, cells: squares.into_iter().filter_map(cell).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::testing::{found, with};

    const NOW: Millis = 1_795_341_600_000;

    #[test]
    fn squares_become_centres_with_the_latitude_first() {
        let given = [("rectangle", "178,-19,-179,-17"), ("route", "1")];
        let heat = with(&given, PARAMETERS, |given| Heat::read(given, &Scope::everything(), NOW)).unwrap();
        let search = heat.positions(None);
        let filters = &search["query"]["bool"]["filter"];
        assert_eq!(filters[0], json!({"term": {"routeId": "1"}}));
        assert_eq!(filters[1]["range"]["at"]["gte"], NOW - span::DAY);
        assert_eq!(filters[2]["geo_bounding_box"]["position"]["top_left"], json!({"lat": -17.0, "lon": 178.0}));
        assert_eq!(search["aggs"]["cells"]["geotile_grid"]["precision"], heat.zoom);
        let buckets = json!([{"key": "1/1/0", "doc_count": 7}, {"key": "rubbish", "doc_count": 1}]);
        let answer = heat.answer(&found(0, &[], &json!({"cells": {"buckets": buckets}})));
        let told = serde_json::to_value(answer).unwrap();
        assert_eq!(told["cells"], json!([{"position": [66.513_260_4, 90.0], "count": 7}]));
        assert_eq!(told["precision"], heat.zoom);
    }

    #[test]
    fn a_rectangle_must_be_given() {
        let Invalid(message) = with(&[], PARAMETERS, |given| Heat::read(given, &Scope::everything(), NOW)).unwrap_err();
        assert!(message.starts_with("The parameter rectangle is missing"), "{message}");
    }
}
