//! The command `graph`: who talks to whom in the mesh, as a table, a picture or a document.
//!
//! [`format`] writes numbers for people, [`view`] is the table, [`dot`] the graph for Graphviz, [`layout`] places the nodes, [`labels`]
//! what is written on the lines, and [`svg`] draws them; all are pure. [`command`] asks. What the graph is, is decided in [`crate::mesh`].
//! May import [`crate::base`], [`crate::cluster`] and [`crate::mesh`].

mod format;
mod view;
mod dot;
mod layout;
mod labels;
mod svg;
pub(crate) mod command;
