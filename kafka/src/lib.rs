//! The client side of Kafka: how every service connects to it, asks about its topics, reads them and writes to them.
//!
//! In the order of use:
//! - In [`connect`], [`connect::connection`] is the section of the configuration that all services share, and [`connect::certificates`]
//!   tells when those in it end. [`connect::client`] is any kind of client, and how to [`ask`] it something; [`connect::revival`] makes
//!   clients that find their way back after losing every broker, and [`connect::context`] logs what they report;
//!   [`connect::statistics`] keeps what they report of the brokers.
//! - In [`read`], [`read::reader`] reads partitions from a known offset to their end and beyond; [`read::partitions`] finds out how many a
//!   topic has, where they begin and end, and at which offset a given time is; [`read::lookup`] reads them to their end and no further;
//!   [`read::renewal`] notices that they were lost or made anew.
//! - In [`consume`], [`consume::group`] has consumers that share partitions, [`consume::erasures`] reads in one who is to be forgotten,
//!   [`consume::lag`] measures how far they are behind, and [`consume::groups`] asks that of all groups of a topic.
//! - In [`topics`], [`topics::topology`] says how the topics should be, [`topics::description`] asks how they are.
//! - In [`mod@write`], [`write::writer`] has the settings of every producer, and [`write::dead_letters`] sends what could not be used.
//!
//! What the records mean is left to `delivery-messages`.

pub mod connect;
pub mod read;
pub mod consume;
pub mod topics;
pub mod write;

pub use connect::client::{KafkaClient, ask};
pub use connect::connection::{ConnectionError, KafkaConfig, PropertyProblem};
pub use consume::group::{GroupConsumer, NextOffsets};
pub use read::lookup::Lookup;
pub use read::partitions::Bounds;
pub use read::reader::{Event, ReadError, Reader, Start};
pub use write::dead_letters::{DeadLetterProducer, DeadLetterRecord};
