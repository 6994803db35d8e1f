//! The answer of Jaeger's query API, `/api/traces/ID`, as far as it is needed. Pure.
//!
//! A list may be null. See <https://www.jaegertracing.io/docs/latest/architecture/apis/>.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// The whole answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Answer {
    pub(super) data: Option<Vec<Spans>>,
}

/// The spans of one trace.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Spans {
    pub(super) spans: Option<Vec<Span>>,
    pub(super) processes: Option<HashMap<String, Process>>,
}

#[derive(Clone, Debug, Deserialize)]
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

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) ref_type: String,
    #[serde(rename = "spanID")]
    pub(super) span: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Process {
    pub(super) service_name: String,
    pub(super) tags: Option<Vec<Tag>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: Value,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Log {
    pub(super) timestamp: i64,
    pub(super) fields: Option<Vec<Tag>>,
}
