//! The numbers of an edge, for people. Pure.

use crate::mesh::traffic::Edge;

/// Requests per second.
pub(super) fn rate(per_second: f64) -> String {
    if per_second < 10.0 { format!("{per_second:.2}") } else { format!("{per_second:.1}") }
}

/// Bytes per second, in powers of 1,000 as networks count.
pub(super) fn bytes(per_second: f64) -> String {
    match per_second {
        count if count < 1_000.0 => format!("{count:.0} B"),
        count if count < 1_000_000.0 => format!("{:.1} kB", count / 1_000.0),
        count if count < 1_000_000_000.0 => format!("{:.1} MB", count / 1_000_000.0),
        count => format!("{:.1} GB", count / 1_000_000_000.0),
    }
}

/// A part as a percentage: 100 % only if nothing is missing, 0 % only if there is nothing.
pub(super) fn percent(part: f64) -> String {
    let percent = part.clamp(0.0, 1.0) * 100.0;
    match percent {
        count if count >= 100.0 => "100%".to_owned(),
        count if count <= 0.0 => "0%".to_owned(),
        count => format!("{:.1}%", count.clamp(0.1, 99.9)),
    }
}

/// How long requests took.
pub(super) fn milliseconds(count: f64) -> String {
    match count {
        count if count < 10.0 => format!("{count:.1} ms"),
        count if count < 1_000.0 => format!("{count:.0} ms"),
        count => format!("{:.1} s", count / 1_000.0),
    }
}

/// What goes over an edge, in a few words.
pub(super) fn summary(edge: &Edge) -> String {
    let bytes_of = |direction: Option<f64>| direction.unwrap_or_default();
    let Some(requests) = edge.requests_per_second else {
        return format!("{}/s", bytes(bytes_of(edge.sent_bytes_per_second) + bytes_of(edge.received_bytes_per_second)));
    };
    let success = edge.success.map(|success| format!(" {}", percent(success))).unwrap_or_default();
    let slow = edge.p95_milliseconds.map(|slow| format!(" p95 {}", milliseconds(slow))).unwrap_or_default();
    format!("{}/s{success}{slow}", rate(requests))
}

#[cfg(test)]
#[path = "tests/format.rs"]
mod tests;
