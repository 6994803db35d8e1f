//! Whether the servers that the gateway needs are there, as clients are told.
//!
//! Pure. [`crate::service::probe`] finds out.

use std::sync::atomic::{AtomicU8, Ordering};

/// How a server does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    /// It answers.
    #[default]
    Available,
    /// It does not answer.
    Unavailable,
    /// This installation has none.
    Off,
}

impl Service {
    /// The name, as in the frame.
    #[must_use]
    pub const fn name(self) -> &'static str {
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

/// How the servers do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Kafka: without it nothing moves.
    pub kafka: Service,
    /// `MongoDB`: without it past deliveries are not to be had.
    pub history: Service,
}

/// The present status, shared.
#[derive(Debug, Default)]
pub struct Present(AtomicU8);

impl Present {
    /// How the servers do now.
    #[must_use]
    pub fn get(&self) -> Status {
        let code = self.0.load(Ordering::Relaxed);
        Status { kafka: Service::of(code & 3), history: Service::of(code >> 2) }
    }

    /// Says how they do; true when that is news.
    pub fn set(&self, status: Status) -> bool {
        let code = status.kafka.code() | status.history.code() << 2;
        self.0.swap(code, Ordering::Relaxed) != code
    }
}

#[cfg(test)]
#[path = "tests/status.rs"]
mod tests;
