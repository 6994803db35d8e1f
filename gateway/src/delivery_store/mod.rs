//! The history: past deliveries and every route, in `MongoDB`.
//!
//! [`statements`] says what is written and [`documents`] what is read back, both pure; [`writer`] reads Kafka in a group that
//! all replicas share, [`write`] carries out, [`reader`] asks. `MongoDB` may be away: the stream does not notice, and the writer catches up from Kafka.

pub mod documents;
pub mod reader;
pub mod round;
pub mod statements;
pub mod write;
pub mod writer;
