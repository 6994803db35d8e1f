//! The configuration file, and which pages may talk to the gateway.
//!
//! What the settings mean is for the folders that use them. Imports nothing of this crate.

pub(crate) mod origin;
mod file;

pub(crate) use file::{Config, ElasticsearchConfig, Limits, MongodbConfig, WebConfig};
