//! The configuration file, and which origins may use the gateway.
//!
//! What the settings mean is left to the folders that use them. Imports nothing of this crate.

pub(crate) mod origin;
mod file;

pub(crate) use file::{Config, ElasticsearchConfig, Limits, MongodbConfig, WebConfig};
