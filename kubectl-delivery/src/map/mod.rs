//! The command `map`: the address of the map, through a port of this machine if the cluster is not reachable from a browser.
//!
//! [`target`] says which pod and port, and is pure; [`forward`] carries connections there. May import [`crate::base`] and
//! [`crate::cluster`].

mod target;
mod forward;
pub(crate) mod command;
