//! The purchases: HTTP → `MongoDB` → Kafka.
//!
//! A purchase is stored, paid, and written to the topic `compra`, whole, for whoever reads it: invoices, notifications, anyone. The service
//! calls none of them, and notices none of them.
//!
//! # The folders, in the order of the flow
//!
//! A folder imports only folders listed before it. One purchase passes through them like this:
//!
//! 1. `http` reads the body of `POST /purchases` as an `Order` of `domain`, which holds only what is valid, and gives it an id.
//! 2. `store` keeps it, `PENDING`: its `recorder` gathers the purchases of requests that come at the same time into one command. What was
//!    stored by the replica whose `relay` works goes there in memory, by the `handover`; the rest goes on the list of purchases under way.
//! 3. `relay`, of one replica at a time, takes it in hand. Its `payer` asks `payments` for the outcome, notes the decision, of which the
//!    first counts for ever, and changes the purchase's document: state and outbox in one statement.
//! 4. The `publisher` of the `relay` writes what is approved to Kafka, in the order of the decisions, and then notes in the document that it
//!    has done so.
//!
//! # Event and state change together or not at all
//!
//! The outbox is part of the purchase's document: approved and without `publishedAt` means that the event is still to be written. It is
//! written after the document says `APPROVED`, and noted after Kafka has confirmed it. A process that is killed in between writes it a second
//! time, with the same id, and never none.
//!
//! The servers that speak `MongoDB`'s protocol differ in what is atomic: some read a document and write it back in two steps, whatever
//! the filter of an update says. So nothing here depends on a comparing update. What must happen once is an insert with a unique `_id`,
//! which is atomic on all of them: the purchase (an idempotency key makes its id), the decision (its id is the purchase's), and the term of
//! the replica that works. What is updated follows from those, so that an update that is made twice writes the same.
//!
//! `erasing` forgets customers who are to be forgotten, `groups` asks Kafka who reads `compra`. `config` is the configuration file, `metrics` are
//! the metrics, `spans` are the spans of a purchase in its trace; [`service`] starts and supervises everything.

mod config;
mod metrics;
mod domain;
mod handover;
mod spans;
mod store;
mod erasing;
mod groups;
mod payments;
mod relay;
mod http;
pub mod service;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
