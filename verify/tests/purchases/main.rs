//! Verdicts on anything that may happen to purchases: events lost, invoices doubled, numbers left out, mails sent twice.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod cases;
mod harm;
mod shop;
