//! The faults with a promise of their own, a file each.
//!
//! Each says what was kept of its promise: most return a [`super::trial::Trial`] for the verdict. When to inject it is left to the injector.

pub(crate) mod sink;
pub(crate) mod api_server;
pub(crate) mod silence;
pub(crate) mod rights;
pub(crate) mod catalogue;
pub(crate) mod flood;
pub(crate) mod crowd;
