//! The load: the deliveries of a run as objects, in lists and by start request, on enough replicas, and its orders; and its removal.
//!
//! Their outcome is left to the evidence. May import the setting and, to read the answers to start requests, the
//! client's frames.

pub(crate) mod replicas;
pub(crate) mod objects;
pub(crate) mod lists;
pub(crate) mod requests;
pub(crate) mod orders;
