//! What is sent over a WebSocket, as `docs/protocol.md` and `docs/binary.md` describe it: frames in both directions,
//! the parameters of the URL, the cursor.
//!
//! Pure. Who gets which frame, and when, is left to [`crate::stream`] and [`crate::connection`]. Imports
//! [`crate::model`].

pub(crate) mod view;
pub(crate) mod recipients;
pub mod frames;
pub mod binary;
pub(crate) mod framing;
pub mod encoded_position;
pub mod cursor;
pub(crate) mod filter;
pub(crate) mod subscription;
pub(crate) mod incoming;
