//! What follows when objects are gone: deleted deliveries are cancelled, erased ones forgotten, expired records removed.
//!
//! No finalizer delays a deletion for it: the cleanup runs after every deletion, and periodically, since the operator may have been
//! down. Imports [`crate::base`], [`crate::tables`], [`crate::log`], [`crate::error`], [`crate::routes`] and [`crate::deliveries`].

pub mod cleaner;
pub mod cancel;
pub mod withdraw;
pub mod erasure;
pub mod expiry;
pub mod sweep;
