//! Tests across the modules: issuers and senders that are killed at any step, the log on a mock broker, the store on a real server.

mod issuers;
mod kafka;
mod mongo;
mod scheduler;
mod senders;
