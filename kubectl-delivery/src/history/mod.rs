//! The command `history`: past deliveries, and deliveries that passed near a point, from the position index.
//!
//! [`request`] builds the gateway's path, [`page`] is its answer, [`view`] renders the tables; all of that is pure. May import
//! [`crate::base`] and [`crate::cluster`].

mod request;
mod page;
mod view;
pub(crate) mod command;
