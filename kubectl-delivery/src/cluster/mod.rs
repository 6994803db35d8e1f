//! The cluster: its API server, the installation of Code Delivery in it, and the gateway behind it.
//!
//! What a command does there is left to the command. May import [`crate::base`].

mod proxy;
pub(crate) mod connection;
pub(crate) mod cleanup;
pub(crate) mod objects;
pub(crate) mod installation;
pub(crate) mod gateway;
