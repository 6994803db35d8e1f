//! A browser: it connects to the gateway, decodes what it receives and keeps a ledger of it.
//!
//! [`frames`] and [`binary`] are a second decoder, written from docs/protocol.md and docs/binary.md and not from the
//! gateway's code: that it understands the gateway is a test of the description. Whether a client received everything
//! is left to the verdict. Imports nothing else of this crate.

pub(crate) mod ledger;
pub(crate) mod frames;
pub(crate) mod binary;
pub(crate) mod cursor;
pub(crate) mod session;
