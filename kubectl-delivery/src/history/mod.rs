//! `kubectl delivery history`: past deliveries, and what passed near a place.
//!
//! [`question`] is what is asked of the gateway and [`found`] what it answers, [`print`] what a person sees, all pure; [`command`] is
//! what they type.

pub mod command;
pub mod found;
pub mod print;
pub mod question;
