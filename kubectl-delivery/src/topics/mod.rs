//! The command `topics`: the topics, their partitions, and the lag of their consumer groups.
//!
//! [`survey`] requests them from Kafka, [`view`] renders the tables. May import [`crate::base`], [`crate::cluster`] and
//! [`crate::log`].

mod survey;
mod view;
pub(crate) mod command;
