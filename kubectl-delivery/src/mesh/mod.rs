//! The traffic of a service mesh, as Prometheus knows it: who talks to whom, how much, how well, and whether under mutual TLS.
//!
//! [`queries`] are those of Kiali's graph. A [`node`] is an end of an edge; [`labels`] is what a series says of both, [`reports`] which of two
//! about the same traffic counts, [`security`] which part goes under mutual TLS, [`traffic`] the graph of all answers. These are pure. [`ask`] asks Prometheus. How the graph is shown is left
//! to [`crate::graph`], what follows from it to [`crate::check`]. May import [`crate::base`] and [`crate::cluster`].

mod queries;
pub(crate) mod node;
mod labels;
mod reports;
mod security;
pub(crate) mod traffic;
pub(crate) mod ask;
