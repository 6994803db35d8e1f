//! What a notification is, and what may be done with it.
//!
//! No framework, no database: [`text`] and [`ids`] are what a request must consist of, for HTTP and Kafka alike, and [`invalid`] says why
//! it does not. [`channel`] is one way to tell a recipient, [`recipient`] who is told and how, [`notification`] what may happen to a
//! notification, [`listing`] which of them are asked for. [`repository`] is what the use cases ask of a store, [`outbox`] what is kept there
//! to be done later, and [`use_cases`] is what the service can do. All but the last three are pure. It imports nothing of this crate.

pub(crate) mod invalid;
pub(crate) mod text;
pub(crate) mod ids;
pub(crate) mod channel;
pub(crate) mod recipient;
pub(crate) mod notification;
pub(crate) mod listing;
pub(crate) mod repository;
pub(crate) mod outbox;
pub(crate) mod use_cases;

#[cfg(test)]
pub(crate) mod testing;
