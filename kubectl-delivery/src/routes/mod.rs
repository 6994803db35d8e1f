//! The command `route import`: a DeliveryRoute from a file.
//!
//! [`track`] is a file's content, and [`gaps`] what is to be said about it; [`lines`], [`geojson`] and [`gpx`] parse the formats,
//! [`encoding`] makes a text of the bytes and [`read`] picks a format; [`simplify`] leaves
//! out points; [`manifest`] builds the object. All of that is pure. May import [`crate::base`] and [`crate::cluster`].

mod track;
mod gaps;
mod encoding;
mod lines;
mod geojson;
mod gpx;
mod read;
mod simplify;
mod manifest;
pub(crate) mod command;
