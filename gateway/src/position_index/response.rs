//! Elasticsearch's search responses: the parts that the queries use.
//!
//! Pure. Documents of another shape, which other writers put there, are skipped.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

/// The parts of a response that are requested (`filter_path`), with `error` for refusals.
pub(crate) const PATHS: &str = "timed_out,_shards.total,_shards.successful,hits.total.value,hits.hits._source,aggregations,error.type,error.reason";

/// A search response with documents of type `T`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SearchResponse<T = NoSource> {
    /// The total of matching documents, if it was tracked.
    pub total: u64,
    /// The documents, in the order of the search.
    pub documents: Vec<T>,
    aggregations: Map<String, Value>,
}

/// For searches without documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct NoSource {}

impl<T> Default for SearchResponse<T> {
    fn default() -> Self {
        Self { total: 0, documents: Vec::new(), aggregations: Map::new() }
    }
}

#[derive(Deserialize)]
struct Hit<T> {
    #[serde(rename = "_source")]
    source: Option<Source<T>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source<T> {
    Known(T),
    Foreign(IgnoredAny),
}

/// Why a response cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponseError {
    /// It is not a search response; the parser's message.
    Malformed(String),
    /// Elasticsearch timed out; the result is incomplete.
    TimedOut,
    /// Not all shards responded; the result is incomplete.
    Partial,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct RawResponse<T> {
    // Everything else may be filtered out when empty; this field is always there.
    timed_out: bool,
    #[serde(rename = "_shards", default)]
    shards: Shards,
    #[serde(default)]
    hits: Hits<T>,
    #[serde(default)]
    aggregations: Map<String, Value>,
}

#[derive(Default, Deserialize)]
struct Shards {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    successful: u64,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Hits<T> {
    #[serde(default)]
    total: Total,
    #[serde(default)]
    hits: Vec<Hit<T>>,
}

impl<T> Default for Hits<T> {
    fn default() -> Self {
        Self { total: Total::default(), hits: Vec::new() }
    }
}

#[derive(Default, Deserialize)]
struct Total {
    value: u64,
}

impl<T: DeserializeOwned> SearchResponse<T> {
    /// Parses a response.
    ///
    /// # Errors
    /// When it is malformed or incomplete.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ResponseError> {
        let answer: RawResponse<T> =
            serde_json::from_slice(bytes).map_err(|error| ResponseError::Malformed(error.to_string()))?;
        if answer.timed_out {
            return Err(ResponseError::TimedOut);
        }
        // Unassigned shards do not count as failed.
        if answer.shards.successful < answer.shards.total {
            return Err(ResponseError::Partial);
        }
        let ours = |hit: Hit<T>| match hit.source {
            Some(Source::Known(document)) => Some(document),
            Some(Source::Foreign(_)) | None => None,
        };
        let documents = answer.hits.hits.into_iter().filter_map(ours).collect();
        Ok(Self { total: answer.hits.total.value, documents, aggregations: answer.aggregations })
    }
}

impl<T> SearchResponse<T> {
    /// The buckets of an aggregation, in order.
    #[must_use]
    pub(crate) fn buckets<B: DeserializeOwned>(&self, name: &str) -> Vec<B> {
        let buckets = self.aggregations.get(name).and_then(|found| found["buckets"].as_array());
        buckets.into_iter().flatten().filter_map(|bucket| B::deserialize(bucket).ok()).collect()
    }

    /// The value of a metric aggregation; `None` without documents.
    #[must_use]
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.aggregations.get(name)?.get("value")?.as_f64()
    }

    /// The document count of a `filter` aggregation.
    #[must_use]
    pub(crate) fn counted(&self, name: &str) -> Option<u64> {
        self.aggregations.get(name)?.get("doc_count")?.as_u64()
    }

    /// The numbers of a `percentiles` aggregation that is not `keyed`, in the order of the percents; `None` without documents.
    #[must_use]
    pub(crate) fn percentiles(&self, name: &str) -> Option<Vec<f64>> {
        let values = self.aggregations.get(name)?.get("values")?.as_array()?;
        values.iter().map(|value| value["value"].as_f64()).collect()
    }
}

/// A bucket with its document count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct CountBucket<K> {
    pub key: K,
    #[serde(rename = "doc_count")]
    pub count: u64,
}

/// Elasticsearch's own error message, cut to 300 characters; empty when there is none.
#[must_use]
pub(crate) fn refusal(bytes: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: Why,
    }
    #[derive(Deserialize)]
    struct Why {
        #[serde(default)]
        r#type: String,
        #[serde(default)]
        reason: String,
    }
    match serde_json::from_slice::<Refusal>(bytes) {
        Ok(Refusal { error }) => format!("{}: {}", error.r#type, error.reason)
            .chars()
            .filter(|letter| !letter.is_control())
            .take(300)
            .collect(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
#[path = "tests/response.rs"]
mod tests;
