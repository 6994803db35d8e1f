//! The command `trace`: what was done for one delivery, from the request to the screen, as a waterfall.
//!
//! [`answer`] is what Jaeger's query API answers, [`waterfall`] the spans in their order, [`view`] the picture; all are pure. [`command`]
//! finds the trace and asks. May import [`crate::base`] and [`crate::cluster`].

mod answer;
mod waterfall;
mod view;
pub(crate) mod command;
