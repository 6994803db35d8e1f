//! The Kafka topics: creates those that are missing and reports those that are not as configured. Never changes one that holds records.
//! `watch` does that, `mend` puts right those that were never used, and `notices` tells the pods that need Kafka when it cannot be reached.
//!
//! Imports [`crate::base`] and [`crate::log`].

pub(crate) mod notices;
pub(crate) mod mend;
pub(crate) mod watch;
