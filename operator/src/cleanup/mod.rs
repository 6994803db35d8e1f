//! What follows when objects are gone: deleted deliveries are cancelled, erased ones forgotten, expired records removed.
//!
//! No finalizer delays a deletion for it: the cleanup runs after every deletion, and periodically, since the operator may have been
//! down. Imports [`crate::base`], [`crate::tables`], [`crate::log`], [`crate::error`], [`crate::routes`] and [`crate::deliveries`].

pub(crate) mod quiet;
pub(crate) mod cleaner;
pub(crate) mod refusals;
pub(crate) mod cancel;
pub(crate) mod withdraw;
pub(crate) mod erasure;
pub(crate) mod expiry;
pub(crate) mod sweep;
