//! `kubectl delivery verify`: proves from the log alone that every position of every delivery is there, in order and right.
//!
//! [`facts`] chooses the deliveries, [`audit`] gives each record to the [`verdict`] on its delivery; both are pure.
//! [`read`] is the shell around them, [`command`] what a person types, [`print`] what they see.

pub mod audit;
pub mod command;
pub mod facts;
pub mod print;
pub mod read;
pub mod report;
pub mod sequence;
pub mod subject;
pub mod timeline;
pub mod verdict;
