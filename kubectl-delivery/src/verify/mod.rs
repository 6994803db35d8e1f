//! The command `verify`: proves from the log that no position of any delivery is lost, out of order or wrong.
//!
//! The crate `delivery-verify` decides; this folder provides what it needs: [`read`] reads the log, [`index`] reads what Elasticsearch
//! has, through the gateway, [`view`] renders the tables. What it does for purchases instead is in
//! [`crate::purchases`]. May import that, [`crate::base`], [`crate::cluster`] and [`crate::log`].

mod index;
mod read;
mod view;
pub(crate) mod command;
