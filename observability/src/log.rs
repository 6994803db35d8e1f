//! The log: one line per event on standard error, JSON in a container, text at a terminal.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts the log. `RUST_LOG` selects what is logged, in the syntax of `tracing_subscriber::EnvFilter`; the default is `info`.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = fmt().with_env_filter(filter).with_writer(stderr);
    // A second call, as in tests, leaves the first one's log in place.
    let _ = if stderr().is_terminal() {
        builder.try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(false).try_init()
    };
}
