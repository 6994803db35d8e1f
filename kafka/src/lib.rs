//! The client side of the log: how every service connects to Kafka, writes to it and reads it.
//!
//! [`context`] is what a client says in the log; [`connection`] is the part of the configuration that all services share,
//! [`writer`] the settings of every producer, [`reader`] reads partitions from a known place to their end and on,
//! [`lookup`] to their end and no further. [`revival`] makes clients that lose no broker for good. What the records mean is for `delivery-messages`.

pub mod connection;
pub mod context;
pub mod lookup;
pub mod reader;
pub mod revival;
pub mod writer;

pub use connection::{ConnectionError, KafkaConfig};
pub use lookup::Lookup;
pub use reader::{Event, ReadError, Reader, Start};
