//! The service against servers: librdkafka's own mock broker, and a real one of `MongoDB`'s protocol.

mod kafka;
mod store;
