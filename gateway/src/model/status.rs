//! Whether the servers that the gateway needs are available, as clients see it.
//!
//! Pure. [`crate::service::probe`] checks them.

use std::sync::atomic::{AtomicU8, Ordering};

/// Whether a server is available.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Availability {
    #[default]
    Available,
    /// It is not available.
    Unavailable,
    /// It is not part of this installation.
    Off,
}

impl Availability {
    /// The name, as in the frame.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Unavailable => "unavailable",
            Self::Off => "off",
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Available => 0,
            Self::Unavailable => 1,
            Self::Off => 2,
        }
    }

    const fn of(code: u8) -> Self {
        match code {
            0 => Self::Available,
            1 => Self::Unavailable,
            _ => Self::Off,
        }
    }
}

/// Which servers are available.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Kafka: without it no delivery makes progress.
    pub kafka: Availability,
    /// `MongoDB`: without it past deliveries are not available.
    pub delivery_store: Availability,
}

/// The current status, shared.
#[derive(Debug, Default)]
pub(crate) struct StatusCell(AtomicU8);

impl StatusCell {
    pub(crate) fn get(&self) -> Status {
        let code = self.0.load(Ordering::Relaxed);
        Status { kafka: Availability::of(code & 3), delivery_store: Availability::of(code >> 2) }
    }

    /// Sets the status; true when it has changed.
    pub(crate) fn set(&self, status: Status) -> bool {
        let code = status.kafka.code() | status.delivery_store.code() << 2;
        self.0.swap(code, Ordering::Relaxed) != code
    }
}

#[cfg(test)]
#[path = "tests/status.rs"]
mod tests;
