//! The notifications: what a recipient is told, and how.
//!
//! Whoever wants to tell somebody something posts it, or writes it to `notifications.send-notification`. The service keeps it, writes each
//! change of it to `notifications.changed`, from where the gateway brings it to the page, and sends an e-mail where the recipient
//! wants one. It meets the other services in Kafka alone.
//!
//! # The folders, in the order of the flow
//!
//! A folder imports only folders listed before it. One notification passes through them like this:
//!
//! 1. `projector`: reads purchases, invoices, plans and states; what is news to a customer it writes to
//!    `notifications.send-notification`, with an id that follows from the purchase and the kind of news.
//! 2. `ingest`: reads that topic, by whomever it was written; a record that is none becomes a dead letter. `http` takes the same
//!    request by `POST /notifications`.
//! 3. `domain`: what a notification is, and what may be done with it; knows no framework and no database. `store` keeps it in
//!    `MongoDB`, beside the marks of what is still to be done about it.
//! 4. `publish`: writes what has changed to `notifications.changed`, then takes the mark away. `channels`: the same for e-mails.
//!
//! Beside that flow: `retention` removes what is old, `erasing` what is to be forgotten, `config` is the configuration file, `metrics` are the
//! service's metrics, `spans` are the spans of a notification in its trace, `writer` and `group` are the two ways to use Kafka; [`service`]
//! starts and supervises everything.
//!
//! Pure modules (no client, no clock, no async) hold the decisions; each says so. Around them a thin shell does the I/O.

mod domain;
mod spans;
mod config;
mod metrics;
mod store;
mod retention;
mod erasing;
mod writer;
mod group;
mod channels;
mod publish;
mod ingest;
mod projector;
mod http;
pub mod service;

#[cfg(test)]
mod tests;
