//! Judges from records of the log whether every position of every delivery is there, in order and right, and whether an
//! index has the same positions.
//!
//! Pure: no client, no clock, no async. Callers read Kafka and the index and pass records in; they also print the result.
//! The callers are `kubectl delivery verify` and the chaos test.
//!
//! [`purchases`] is a judge of its own, which shares nothing with the others: every purchase one event, one invoice, one e-mail.
//!
//! One record's way through the modules, in order: [`report`] defines the result that all others work towards. [`facts`]
//! collects plans, states and routes and picks the deliveries to judge; each becomes a [`subject`]. [`audit`] hands each
//! record of `route.new-position` to its delivery's [`judge`], which tracks seqs in a [`sequence`] and due times in a
//! [`timeline`], and, if an index is to be checked too, keeps [`fingerprints`] and what [`deviations`] from them the log
//! holds. [`comparison`] then compares these with what the [`index`] returns, page by page.

pub mod report;
pub mod subject;
pub mod facts;
pub mod sequence;
pub mod timeline;
pub mod fingerprints;
pub mod deviations;
pub mod comparison;
pub mod judge;
pub mod audit;
pub mod index;
pub mod purchases;
