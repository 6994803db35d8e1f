//! What a purchase is, and what may become of it; pure: no client, no clock, no async.
//!
//! [`text`], [`email`] and [`money`] are the values, each of which holds only what is valid. [`order`] is what a client asks for,
//! and [`key`] the idempotency key of its request. [`purchase`] is an order that was taken, with its states, and [`decision`] what its
//! payment came to.
//!
//! Where purchases are kept, and when they are paid, is left to the folders after it. Imports nothing of this crate.

pub(crate) mod text;
pub(crate) mod email;
pub(crate) mod money;
pub(crate) mod order;
pub(crate) mod key;
pub(crate) mod decision;
pub(crate) mod purchase;
