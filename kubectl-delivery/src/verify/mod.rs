//! `kubectl delivery verify`: proves from the log alone that every position of every delivery is there, in order and right.
//!
//! [`facts`] chooses the deliveries, [`audit`] gives each record to the [`verdict`] on its delivery; both are pure.
//! [`read`] is the shell around them, [`command`] what a person types, [`print`] what they see. With `--sink`, [`comparison`] holds
//! what the log said, as [`prints`], against what [`index`] finds in Elasticsearch.

pub mod audit;
pub mod command;
pub mod comparison;
pub mod facts;
pub mod index;
pub mod print;
pub mod prints;
pub mod read;
pub mod report;
pub mod sequence;
pub mod subject;
pub mod timeline;
pub mod verdict;
