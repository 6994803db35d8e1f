//! Injects the faults, one at a time, and measures how long the product takes to recover from each.
//!
//! Which fault comes when is left to the schedule. What kills or deletes is in [`inject`], and for the purchase services in [`services`];
//! both hit [`pods`]. A fault with a promise of its own has a file in [`promised`], and returns a [`trial::Trial`] for the verdict.
//! Whatever a fault leaves behind is undone by [`injector::Injector::mend`], in [`mend`], also when the
//! run is interrupted. May import the schedule, the setting, the clients, the load and the evidence.

pub(crate) mod trial;
pub(crate) mod shell;
pub(crate) mod process;
pub(crate) mod gateways;
pub(crate) mod promised;
pub(crate) mod refusals;
pub(crate) mod injector;
pub(crate) mod pods;
pub(crate) mod mend;
pub(crate) mod inject;
pub(crate) mod services;
pub(crate) mod recovery;
pub(crate) mod resumption;
