//! Deletes the connectors whose objects are gone. Imports `reconcile` for what its loop shares, and the folders before it.

mod orphans;
pub mod sweep;
