//! The command `erase`: removes a person's deliveries everywhere, and a customer from purchases, invoices and notifications, so that a replay of the log does not bring them back.
//!
//! [`person`] decides which records belong to the person. [`find`] searches the log, [`stores`] Kubernetes and, through the
//! gateway, MongoDB and Elasticsearch; [`found`] merges what they find. [`list`] adds the ids to the list of erased ids, from
//! which the operator, the gateway and the sink do the rest. [`follow`] waits for the log, and [`retention`] computes what Kafka
//! still holds. [`customer`] asks the services of purchases, invoices and notifications, which read the topic `customer.erased`.
//! [`report`] and [`view`] present the result. May import [`crate::base`], [`crate::cluster`] and [`crate::log`].

mod person;
pub(crate) mod arguments;
mod found;
mod retention;
mod report;
mod customer;
mod find;
mod stores;
mod list;
mod follow;
mod view;
pub(crate) mod command;
