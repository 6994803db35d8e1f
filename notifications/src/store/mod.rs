//! The store of notifications and recipients in `MongoDB`, behind the ports of [`crate::domain`].
//!
//! [`documents`] builds and reads documents, [`statements`] are the filters and changes, and [`watch`] says which mails to leave alone; these
//! are pure. [`client`] holds the connection, [`notifications`] and [`queues`] implement the ports for notifications and for what is to be
//! done about them, [`recipients`] the one for recipients, and [`removal`] removes what is old or to be forgotten.
//!
//! Servers that speak `MongoDB`'s protocol differ in what is atomic: `FerretDB` 1 on `SQLite` reads a document and writes it back in two steps, even
//! for `findAndModify`, and has no transactions. So each document has one writer at a time, and what must happen once is an insert with
//! an `_id` that must be new: a change of a notification is the mark of its version in `outbox`, an attempt to send a mail a document in
//! `attempts`. Only simple operators are used. It may import `config` and `domain`.

pub(crate) mod documents;
pub(crate) mod statements;
mod watch;
pub(crate) mod client;
mod notifications;
mod queues;
mod recipients;
mod removal;
