//! The log: how Kafka is reached, and how its topics are read.
//!
//! [`reader`] reads topics. A command that needs that implements [`query`]'s trait. [`source`] decides from where Kafka is
//! read: from here, with those [`properties`] that may be used here, or by this program in a Job ([`in_cluster`]), which answers
//! in lines of JSON ([`wire`]). [`execute`] runs a query either way. What records mean is left to the commands. May import
//! [`crate::base`] and [`crate::cluster`].

pub(crate) mod reader;
pub(crate) mod query;
pub(crate) mod wire;
pub(crate) mod in_cluster;
mod properties;
pub(crate) mod source;
pub(crate) mod execute;
