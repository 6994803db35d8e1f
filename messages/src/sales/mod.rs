//! The messages about purchases: what was bought, by whom, the invoice for it, and what customers are told.
//!
//! Reading and writing them is left to the services. Imports nothing of the crate's other folders.

pub mod purchase;
pub mod customer;
pub mod invoice;
pub mod notification;
