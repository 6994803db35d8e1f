//! Counts of positions per map tile: `GET /history/heat`.
//!
//! Pure. The tiles are those of [`super::tile`].

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::tile;
use crate::model::scope::Scope;
use crate::position_index::clauses::{all, within};
use crate::position_index::parameters::{InvalidParameter, Parameters, Rectangle};
use crate::position_index::response::{CountBucket, SearchResponse};
use crate::position_index::selection::{self, Selection};
use crate::position_index::time_range::{self, TimeRange};
use crate::protocol::view::LatLng;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&[&str]] = &[&["rectangle"], time_range::PARAMETERS, selection::PARAMETERS];

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeatmapQuery {
    rectangle: Rectangle,
    pub time_range: TimeRange,
    pub selection: Selection,
    zoom: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Heatmap {
    precision: u32,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    position: LatLng,
    count: u64,
}

impl HeatmapQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, InvalidParameter> {
        let rectangle = parameters.rectangle()?;
        Ok(Self {
            time_range: TimeRange::read(parameters, now)?,
            selection: Selection::read(parameters, scope)?,
            zoom: tile::zoom(&rectangle),
            rectangle,
        })
    }

    /// The search among positions.
    #[must_use]
    pub(crate) fn positions(&self, ids: Option<&[String]>) -> Value {
        let Rectangle { west, south, east, north } = self.rectangle;
        let mut filters = self.selection.position_filters(ids);
        filters.push(within("at", self.time_range));
        filters.push(json!({"geo_bounding_box": {"position": {
            "top_left": {"lat": north, "lon": west}, "bottom_right": {"lat": south, "lon": east},
        }}}));
        let grid = json!({"field": "position", "precision": self.zoom, "size": tile::MAX, "shard_size": tile::MAX});
        json!({
            "size": 0,
            "track_total_hits": false,
            "query": all(&filters),
            "aggs": {"cells": {"geotile_grid": grid}},
        })
    }

    /// The answer of the response.
    #[must_use]
    pub(crate) fn answer(&self, positions: &SearchResponse) -> Heatmap {
        let tiles = positions.buckets::<CountBucket<String>>("cells");
        let cell = |bucket: CountBucket<String>| {
            tile::centre(&bucket.key).map(|centre| Cell { position: centre.into(), count: bucket.count })
        };
        Heatmap { precision: self.zoom, cells: tiles.into_iter().filter_map(cell).collect() }
    }
}

#[cfg(test)]
#[path = "tests/heatmap.rs"]
mod tests;
