//! What every connection and every HTTP request shares, and how clients' requests are served:
//! within the `budgets` of their addresses.
//!
//! Receiving the requests is left to [`crate::connection`] and [`crate::http`]. Imports every folder before it:
//! [`crate::config`], [`crate::model`], [`crate::protocol`], [`crate::metrics`], [`crate::stream`],
//! [`crate::delivery_store`] and [`crate::position_index`].

pub(crate) mod budgets;
pub(crate) mod pseudonym;
pub(crate) mod sender;
pub(crate) mod shared;
mod requests;
