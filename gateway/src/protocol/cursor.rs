//! How much of the log a client has, as text that any replica understands.
//!
//! Pure. A cursor is base64url (without padding) of `{"c": cluster id, "t": topic id, "o": [next offset of partition 0,
//! 1, …]}`. To clients it is opaque, except that those of the binary form advance its offsets themselves. A cursor of
//! another cluster, another topic or another number of partitions is ignored.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The maximum length of a cursor, in characters; enough for a topic of a thousand partitions.
pub const MAX_LENGTH: usize = 16 * 1024;

/// Which log a cursor belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogId {
    /// The id of the Kafka cluster.
    pub cluster: String,
    /// The id of the topic; it changes when the topic is deleted and created again.
    pub topic: String,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    c: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    t: std::borrow::Cow<'a, str>,
    o: std::borrow::Cow<'a, [i64]>,
}

impl LogId {
    /// The cursor of a client that has everything before these offsets.
    #[must_use]
    pub fn cursor(&self, offsets: &[i64]) -> String {
        let wire = Wire { c: self.cluster.as_str().into(), t: self.topic.as_str().into(), o: offsets.into() };
        // Two texts and a list of numbers: JSON can hold them all, so the default is never taken.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&wire).unwrap_or_default())
    }

    /// The offsets of a cursor of this log; none for a cursor of another log, and for any other text.
    #[must_use]
    pub fn read(&self, cursor: &str, partitions: usize) -> Option<Vec<i64>> {
        if cursor.len() > MAX_LENGTH {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor.trim_end_matches('=')).ok()?;
        let Wire { c, t, o } = serde_json::from_slice(&bytes).ok()?;
        let fits = c == self.cluster && t == self.topic && o.len() == partitions && o.iter().all(|offset| *offset >= 0);
        fits.then(|| o.into_owned())
    }
}

/// A position in the log, with its cursor; shared by all clients at that position.
#[derive(Debug, Default)]
pub struct StreamPosition {
    log: Arc<LogId>,
    offsets: Box<[i64]>,
    cursor: OnceLock<Box<str>>,
}

impl StreamPosition {
    /// The position just before these offsets.
    #[must_use]
    pub fn new(log: Arc<LogId>, offsets: impl Into<Box<[i64]>>) -> Self {
        Self { log, offsets: offsets.into(), cursor: OnceLock::new() }
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> &Arc<LogId> {
        &self.log
    }

    /// The next offset of each partition.
    #[must_use]
    pub fn offsets(&self) -> &[i64] {
        &self.offsets
    }

    /// The cursor, encoded once.
    #[must_use]
    pub fn cursor(&self) -> &str {
        self.cursor.get_or_init(|| self.log.cursor(&self.offsets).into())
    }

    /// Whether everything before `offsets` is before this position.
    #[must_use]
    pub fn covers(&self, offsets: &[i64]) -> bool {
        self.offsets.iter().zip(offsets).all(|(here, there)| here >= there)
    }

    /// The later of this position and `offsets`, in each partition.
    #[must_use]
    pub fn or_later(&self, offsets: &[i64]) -> Self {
        let later = self.offsets.iter().zip(offsets).map(|(here, there)| *here.max(there));
        Self::new(Arc::clone(&self.log), later.collect::<Box<[i64]>>())
    }
}

#[cfg(test)]
#[path = "tests/cursor.rs"]
mod tests;
