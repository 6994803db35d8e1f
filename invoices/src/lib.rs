//! The invoices: each purchase in the topic `compra` gets exactly one, with a number without gaps, and one e-mail.
//!
//! # The folders, in the order of the flow
//!
//! A folder imports only folders listed before it. One purchase passes through them like this:
//!
//! 1. `ingest` reads the record from Kafka, in a consumer group of all replicas, with others that wait as one batch.
//! 2. `domain` checks it; what cannot be used goes to `dead-letters`.
//! 3. `issuing` gives the batch its numbers and inserts the invoices, in order; what `numbering` decides, `store` (`MongoDB`) carries out.
//!    The insertion is the compare-and-swap: a purchase's second invoice and a number's second purchase are refused, and no number is
//!    inserted before its predecessor. So neither a gap nor a second number can arise, wherever an issuer is killed.
//! 4. The offsets are committed. `publisher` sends `invoice.issued`, `sender` the e-mail (`mail`) with the invoice as a PDF (`pdf`).
//! 5. `http` shows invoices, as JSON and as PDF.
//!
//! Beside that flow: `erasing` forgets customers who are to be forgotten, [`config`] is the configuration file, `clock` the time of day,
//! `metrics` are the metrics, `spans` are the spans of an invoice in its purchase's trace, [`service`] starts and supervises everything.
//!
//! Pure modules (no client, no clock, no async) hold the decisions: `domain`, `numbering`, `pdf`, and in the other folders each module that
//! says so. Around them a thin shell does the I/O. No invoice has a fiscal value, and each says so.

pub mod config;
mod clock;
mod metrics;
mod domain;
mod spans;
mod numbering;
mod store;
mod erasing;
mod issuing;
mod publisher;
mod pdf;
mod mail;
mod sender;
mod ingest;
mod http;
pub mod service;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
