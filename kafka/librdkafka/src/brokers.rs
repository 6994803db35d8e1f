//! Brokers that a client may turn to first, told after it was made.

use rdkafka::bindings as ffi;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaError;
use std::ffi::CString;

/// Gives a client brokers to turn to, as `host:port` separated by commas, besides those that it knows; how many of them it has then.
///
/// # Errors
/// When the text cannot be handed over, because it holds a NUL.
pub fn add_brokers<C: ClientContext>(client: &Client<C>, servers: &str) -> Result<usize, KafkaError> {
    let servers = CString::new(servers)?;
    // SAFETY: the handle lives as long as `client`, which is borrowed; the text is a C string, which the call copies. It may be
    // called from any thread.
    let added = unsafe { ffi::rd_kafka_brokers_add(client.native_ptr(), servers.as_ptr()) };
    Ok(usize::try_from(added).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::ClientConfig;
    use rdkafka::consumer::{BaseConsumer, Consumer};

    #[test]
    fn a_client_is_given_as_many_brokers_as_are_named() {
        let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", "127.0.0.1:1").create().unwrap();
        assert_eq!(add_brokers(consumer.client(), "127.0.0.1:1,127.0.0.1:2").unwrap(), 2);
        assert!(add_brokers(consumer.client(), "with\0nul").is_err());
    }
}
