//! Judges the API server: its version, and its clock. Pure.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::check::finding::Finding;

/// The oldest version of Kubernetes that the chart accepts (`kubeVersion` in its Chart.yaml).
const OLDEST: (u32, u32) = (1, 31);

/// The resolution of a `Date` header, and the time that a request may well take.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(3);

/// What the API server says of itself, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    /// Such as `v1.34.2`.
    pub(crate) version: String,
    /// The header of its answer.
    pub(crate) date: Option<String>,
    /// When the request was sent, by the clock of this machine.
    pub(crate) sent: Timestamp,
    /// When its answer arrived.
    pub(crate) received: Timestamp,
}

/// The time of the API server minus the time here; `None` without a `Date`.
pub(crate) fn offset(hello: &Hello) -> Option<SignedDuration> {
    let date = DateTimeParser::new().parse_timestamp(hello.date.as_ref()?).ok()?;
    let took = hello.received.duration_since(hello.sent);
    // The header has whole seconds, rounded down.
    let there = date.checked_add(SignedDuration::from_millis(500)).ok()?;
    Some(there.duration_since(hello.sent) - took / 2)
}

pub(crate) fn judge(hello: &Hello) -> Vec<Finding> {
    vec![version(&hello.version), clock(offset(hello))]
}

fn version(text: &str) -> Finding {
    let (major, minor) = OLDEST;
    match major_and_minor(text) {
        Some(found) if found < OLDEST => Finding::wrong(
            format!("The API server answers, but its version {text} is too old."),
            format!("Upgrade the cluster to Kubernetes {major}.{minor} or later."),
        ),
        Some(_) => Finding::right(format!("The API server answers; its version is {text}.")),
        None => Finding::warning(
            format!("The API server answers, but its version {text:?} cannot be read."),
            format!("Make sure that it is Kubernetes {major}.{minor} or later."),
        ),
    }
}

/// The first two numbers of a version such as `v1.34.2+k3s1`.
fn major_and_minor(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
    let major = parts.next()?.parse().ok()?;
    let minor: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
    Some((major, minor.parse().ok()?))
}

fn clock(offset: Option<SignedDuration>) -> Finding {
    let Some(offset) = offset else {
        return Finding::skipped(
            "The API server does not tell the time, so its clock cannot be compared with this one.",
        );
    };
    if offset.abs() <= TOLERANCE {
        return Finding::right("This machine's clock agrees with the API server's.");
    }
    let seconds = offset.abs().as_millis().saturating_add(500) / 1_000;
    let side = if offset.is_positive() { "behind" } else { "ahead of" };
    Finding::warning(
        format!("This machine's clock is {seconds} s {side} the API server's."),
        "Synchronize the clocks, for example by NTP: ages, ETAs and --since are wrong by as much.",
    )
}

#[cfg(test)]
#[path = "tests/api_server.rs"]
mod tests;
