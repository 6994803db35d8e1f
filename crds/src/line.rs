//! The schema of a line of points, which a DeliveryRoute and a Delivery share.
//!
//! It checks counts and ranges, point by point, so that the error message names the point. Whether the points make
//! a route that can be driven is left to the operator.

use schemars::{Schema, SchemaGenerator, json_schema};

/// `[lng, lat]` in degrees (WGS 84), longitude first as in GeoJSON.
pub type LngLat = [f64; 2];

/// The maximum number of points of a line.
pub const MAX_POINTS: u32 = 10_000;

/// The schema of the points of a GeoJSON LineString.
pub(crate) fn line_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "minItems": 2,
        "maxItems": MAX_POINTS,
        "items": {
            "type": "array",
            "description": "A point: `[longitude, latitude]` in degrees (WGS 84).",
            "minItems": 2,
            "maxItems": 2,
            "items": { "type": "number", "format": "double" },
            "x-kubernetes-validations": [
                {
                    "rule": "self[0] >= -180.0 && self[0] <= 180.0",
                    "message": "the first number of a point is its longitude and must be from -180 to 180"
                },
                {
                    "rule": "self[1] >= -90.0 && self[1] <= 90.0",
                    "message": "the second number of a point is its latitude and must be from -90 to 90; \
                                a point is [longitude, latitude]"
                }
            ]
        }
    })
}

/// The same, where it may be absent.
pub(crate) fn optional_line_schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = line_schema(generator);
    schema.insert("nullable".to_owned(), true.into());
    schema
}
