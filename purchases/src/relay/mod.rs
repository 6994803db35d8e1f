//! Has purchases paid, and writes those that are approved to Kafka. One replica at a time does so, for all.
//!
//! [`term`] says when a replica may begin a term in which it is the one that works, [`hand`] is what it has in hand; both are pure. [`log`] is
//! what is asked of Kafka, and [`kafka`] does it. [`payer`] takes purchases in hand, has their payments decided and changes their documents;
//! [`publisher`] writes their events and notes that it has; [`refill`] writes them again when Kafka has lost them. [`run`] joins them for the
//! time of a term.
//!
//! # Any number of replicas, killed at any instant
//!
//! Terms are for speed, not for safety: two replicas that both believe that they work do no harm. Of two decisions about a purchase the first
//! counts, and both read it back. What both publish comes twice, with the same id, as it does after a kill.
//!
//! The order: decisions are numbered, a later term's after an earlier one's. Whoever begins a term first reads all purchases in which something
//! is left to be done, with the decisions that are not in their documents yet, and publishes what is approved in the order of the decisions,
//! before it decides anything. So whoever publishes a purchase has published its customer's earlier ones before, or has read that
//! somebody did.
//!
//! A purchase that was handed over in memory is on no list, and is lost with the process or the term. It was stored before, so it is among what
//! the next term reads first. If that has begun already, because this replica stood still for too long and does not know, a later look finds it.
//!
//! While Kafka is away payments go on, until [`hand::MAX`] purchases are in hand; the rest stays `PENDING`. It may import everything above but
//! nothing of `http`.

pub(crate) mod term;
pub(crate) mod hand;
pub(crate) mod log;
pub(crate) mod kafka;
pub(crate) mod failure;
pub(crate) mod payer;
pub(crate) mod publisher;
pub(crate) mod refill;
pub(crate) mod run;
