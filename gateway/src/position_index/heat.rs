//! How many positions were where: `GET /history/heat`.
//!
//! Pure. The squares are those of [`super::tile`].

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::{all, within};
use super::found::{Counted, Found};
use super::parameters::{Invalid, Parameters, Rectangle};
use super::span::{self, Span};
use super::tile;
use super::whose::{self, Whose};
use crate::model::scope::Scope;
use crate::protocol::view::LatLng;

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
#[path = "tests/heat.rs"]
mod tests;
