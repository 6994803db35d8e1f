//! The traces of deliveries, which Jaeger keeps: what the page shows of one.
//!
//! [`client`] asks Jaeger's query API, bounded in time, size and number; [`answer`] is what it says, and [`spans`] what a client of ours
//! may see of it; both are pure. While Jaeger is away only these queries fail.
//!
//! It leaves the HTTP side to `http`. It may import `config` and `model`.

pub(crate) mod answer;
pub(crate) mod spans;
pub(crate) mod client;
