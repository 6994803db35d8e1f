//! Where purchases are kept, behind a port: [`Store`] is what the others ask for, [`mongo`] a server that speaks `MongoDB`'s protocol,
//! and `operations` how that does it.
//!
//! [`listing`] reads the parameters of a list, and [`documents`] turns values into documents and back, and `reply` reads
//! what the server says of them; all three are pure. [`recorder`] gathers
//! the purchases that come at the same time, so that they are stored by one command, and hands them over to the relay.
//!
//! What becomes of a purchase is left to `relay`. It may import `config`, `metrics`, `domain` and `handover`.

pub(crate) mod listing;
pub(crate) mod port;
pub(crate) mod documents;
mod reply;
pub(crate) mod mongo;
mod operations;
pub(crate) mod recorder;

pub(crate) use port::{Insertion, Store, StoreError, Term};
