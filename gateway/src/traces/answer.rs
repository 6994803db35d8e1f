//! The answer of Jaeger's query API, to `/api/traces/ID` and to a search, `/api/traces`, as far as it is needed. Pure.
//!
//! A list may be null. See <https://www.jaegertracing.io/docs/latest/architecture/apis/>.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// The whole answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(super) data: Option<Vec<Trace>>,
}

impl Answer {
    /// Whether a span of the first trace has a tag with this text.
    pub(super) fn mentions(&self, key: &str, text: &str) -> bool {
        let spans = self.data.iter().flatten().take(1).flat_map(|trace| trace.spans.iter().flatten());
        spans.flat_map(|span| span.tags.iter().flatten()).any(|tag| tag.key == key && tag.value == text)
    }
}

/// The spans of one trace.
#[derive(Debug, Deserialize)]
pub(super) struct Trace {
    #[serde(rename = "traceID")]
    pub(super) id: String,
    pub(super) spans: Option<Vec<Span>>,
    pub(super) processes: Option<HashMap<String, Process>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    #[serde(rename = "spanID")]
    pub(super) id: String,
    pub(super) operation_name: String,
    pub(super) references: Option<Vec<Reference>>,
    /// Microseconds since the Unix epoch.
    pub(super) start_time: i64,
    /// Microseconds.
    pub(super) duration: i64,
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) logs: Option<Vec<Log>>,
    #[serde(rename = "processID")]
    pub(super) process: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) ref_type: String,
    #[serde(rename = "spanID")]
    pub(super) span: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Process {
    pub(super) service_name: String,
    pub(super) tags: Option<Vec<Tag>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Log {
    pub(super) timestamp: i64,
    pub(super) fields: Option<Vec<Tag>>,
}
