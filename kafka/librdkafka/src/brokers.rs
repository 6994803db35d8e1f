//! Bootstrap brokers that a client is given after it was made.

use std::ffi::CString;

use rdkafka::bindings as ffi;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaError;

/// Gives a client brokers to connect to, as `host:port` separated by commas, besides those that it knows. Returns how many were added.
///
/// # Errors
/// When the text is not a valid C string, because it holds a NUL.
pub fn add_brokers<C: ClientContext>(client: &Client<C>, servers: &str) -> Result<usize, KafkaError> {
    let servers = CString::new(servers)?;
    // SAFETY: the handle lives as long as `client`, which is borrowed; the text is a C string, which the call copies. It may be
    // called from any thread.
    let added = unsafe { ffi::rd_kafka_brokers_add(client.native_ptr(), servers.as_ptr()) };
    Ok(usize::try_from(added).unwrap_or(0))
}

#[cfg(test)]
#[path = "tests/brokers.rs"]
mod tests;
