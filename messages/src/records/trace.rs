//! The trace of a delivery or a purchase: the value of the header `traceparent` (W3C Trace Context, §3.2), version 00. Pure.
//!
//! Whatever a stranger sends is either exactly that or ignored: nothing else of it is passed on.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// A trace, and the span in it that what follows belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace's id; not zero.
    pub trace: u128,
    /// The span's id; not zero.
    pub span: u64,
    /// Bit 0: the trace is recorded.
    pub flags: u8,
}

/// A text that is no `traceparent` of version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent of version 00: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, the ids not zero")]
pub struct InvalidTraceParent;

impl TraceParent {
    /// The trace of a delivery, or of a purchase, that came without one. It follows from the id, so that whoever has that finds the trace.
    #[must_use]
    pub fn derived(id: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(id).into();
        let number = |bytes: &[u8]| bytes.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        let (trace, rest) = digest.split_at(16);
        let span = u64::try_from(number(rest) >> 64).unwrap_or(u64::MAX);
        // Zero is no valid id.
        Self { trace: number(trace).max(1), span: span.max(1), flags: 1 }
    }

    /// The trace's id, as tools write it.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Whether a text is the value of such a header.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        text.parse::<Self>().is_ok()
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            let is_hex = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            u128::from_str_radix(part, 16).ok().filter(|_| is_hex)
        };
        let [Some(0), Some(trace), Some(span), Some(flags)] = [2, 32, 16, 2].map(&mut number) else {
            return Err(InvalidTraceParent);
        };
        let (span, flags) = (u64::try_from(span), u8::try_from(flags));
        match (parts.next(), trace, span, flags) {
            (None, 1.., Ok(span @ 1..), Ok(flags)) => Ok(Self { trace, span, flags }),
            _ => Err(InvalidTraceParent),
        }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span, flags } = self;
        write!(formatter, "00-{trace:032x}-{span:016x}-{flags:02x}")
    }
}

#[cfg(test)]
#[path = "tests/trace.rs"]
mod tests;
