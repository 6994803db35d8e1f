//! The configuration file.
//!
//! What the settings mean is left to the folders that use them. Imports nothing of this crate.

mod file;
mod check;

pub(crate) use file::{Config, ElasticsearchConfig, Limits, MongodbConfig, PerAddress, TracesConfig, WebConfig};
