//! The command `top`: deliveries, positions, their ages, lag and clients, from the metrics of all operators and gateways; and how far each
//! consumer group is behind, those of invoices and notifications as well.
//!
//! [`histogram`] computes quantiles, [`measure`] compares two scrapes, [`view`] renders what follows; all are pure. [`command`] scrapes.
//! May import [`crate::base`] and [`crate::cluster`].

mod histogram;
mod measure;
mod view;
pub(crate) mod command;
