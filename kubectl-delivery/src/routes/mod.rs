//! The command `route import`: a DeliveryRoute from a file.
//!
//! [`track`] is a file's content; [`lines`], [`geojson`] and [`gpx`] parse the formats and [`read`] picks one; [`manifest`] builds
//! the object. All of that is pure. May import [`crate::base`] and [`crate::cluster`].

mod track;
mod lines;
mod geojson;
mod gpx;
mod read;
mod manifest;
pub(crate) mod command;
