//! The service across its folders: the API as a client sees it, what goes to Kafka, the relay under kills, the store on a real server.

mod api;
mod kafka;
mod kills;
mod real_store;
