//! The client side of Kafka: how every service connects to it, asks about its topics, reads them and writes to them.
//!
//! In the order of use: [`connection`] is the section of the configuration that all services share. [`client`] is any kind of client, and
//! how to [`ask`] it something; [`revival`] makes clients that find their way back after losing every broker, and [`context`] logs what
//! they report. [`reader`] reads partitions from a known offset to their end and beyond; [`partitions`] finds out how many a topic
//! has, where they begin and end, and at which offset a given time is; [`lookup`] reads them to their end and no further. [`writer`]
//! has the settings of every producer, and [`dead_letters`] sends what could not be used. What the records mean is left to
//! `delivery-messages`.

pub mod connection;
pub mod client;
pub mod revival;
pub mod context;
pub mod reader;
pub mod partitions;
pub mod lookup;
pub mod writer;
pub mod dead_letters;

pub use client::{KafkaClient, ask};
pub use connection::{ConnectionError, KafkaConfig, PropertyProblem};
pub use dead_letters::DeadLetterRecord;
pub use lookup::Lookup;
pub use partitions::Bounds;
pub use reader::{Event, ReadError, Reader, Start};
