//! The commands `list`, `status`, `start`, `cancel`, `suspend`, `resume` and `watch`: Deliveries as objects of Kubernetes.
//!
//! [`list`] shows all in [`overview`], [`status`] one in [`detail`]; both views are pure. [`start`] creates one, [`change`] changes or
//! deletes some. [`watch`] follows them: [`watched`] holds their newest state,
//! [`view`] renders it; both are pure. May import [`crate::base`] and [`crate::cluster`].

mod overview;
pub(crate) mod list;
mod detail;
pub(crate) mod status;
pub(crate) mod start;
pub(crate) mod change;
mod watched;
mod view;
pub(crate) mod watch;
