//! The commands `start`, `cancel`, `suspend`, `resume` and `watch`: Deliveries as objects of Kubernetes.
//!
//! [`start`] creates one, [`change`] changes or deletes some. [`watch`] follows them: [`watched`] holds their newest state,
//! [`view`] renders it; both are pure. May import [`crate::base`] and [`crate::cluster`].

pub(crate) mod start;
pub(crate) mod change;
mod watched;
mod view;
pub(crate) mod watch;
