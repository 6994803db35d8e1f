//! What Elasticsearch found: the parts of an answer that are of use here.
//!
//! Pure. A document of another shape than ours, which somebody else put there, is passed over.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

/// The parts of an answer that are asked for; `error` so that a refusal can be told.
pub const PATHS: &str = "timed_out,_shards.total,_shards.successful,hits.total.value,hits.hits._source,aggregations,error.type,error.reason";

/// What was found; `T` is what its documents are read as.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T = Nothing> {
    /// How many documents there are, where that was asked.
    pub total: u64,
    /// The documents that were asked for, in their order.
    pub documents: Vec<T>,
    aggregations: Map<String, Value>,
}

/// Of a document that does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Nothing {}

impl<T> Default for Found<T> {
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
    Ours(T),
    Strange(IgnoredAny),
}

/// Why an answer is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is of another shape; what the reader says.
    Malformed(String),
    /// It tells what was found until the time was over.
    TimedOut,
    /// It tells what was found where it could look.
    Partial,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Answer<T> {
    // What else is absent was not found; an answer without this is no answer.
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

impl<T: DeserializeOwned> Found<T> {
    /// Reads an answer.
    ///
    /// # Errors
    /// When it is none, or not of all that was asked.
    pub fn read(bytes: &[u8]) -> Result<Self, Unread> {
        let answer: Answer<T> = serde_json::from_slice(bytes).map_err(|error| Unread::Malformed(error.to_string()))?;
        if answer.timed_out {
            return Err(Unread::TimedOut);
        }
        // Not all that could not be looked at counts as failed.
        if answer.shards.successful < answer.shards.total {
            return Err(Unread::Partial);
        }
        let ours = |hit: Hit<T>| match hit.source {
            Some(Source::Ours(document)) => Some(document),
            Some(Source::Strange(_)) | None => None,
        };
        let documents = answer.hits.hits.into_iter().filter_map(ours).collect();
        Ok(Self { total: answer.hits.total.value, documents, aggregations: answer.aggregations })
    }
}

impl<T> Found<T> {
    /// The buckets of an aggregation, in their order; none where nothing was looked at.
    #[must_use]
    pub fn buckets<B: DeserializeOwned>(&self, name: &str) -> Vec<B> {
        let buckets = self.aggregations.get(name).and_then(|found| found["buckets"].as_array());
        buckets.into_iter().flatten().filter_map(|bucket| B::deserialize(bucket).ok()).collect()
    }

    /// The number that an aggregation gives; none without documents.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.aggregations.get(name)?.get("value")?.as_f64()
    }

    /// How many documents fit a `filter` aggregation.
    #[must_use]
    pub fn counted(&self, name: &str) -> Option<u64> {
        self.aggregations.get(name)?.get("doc_count")?.as_u64()
    }

    /// The numbers of a `percentiles` aggregation that is not `keyed`, in the order of the percents; none without documents.
    #[must_use]
    pub fn percentiles(&self, name: &str) -> Option<Vec<f64>> {
        let values = self.aggregations.get(name)?.get("values")?.as_array()?;
        values.iter().map(|value| value["value"].as_f64()).collect()
    }
}

/// A bucket that is only counted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Counted<K> {
    /// What its documents have in common.
    pub key: K,
    /// How many there are.
    #[serde(rename = "doc_count")]
    pub count: u64,
}

/// Why Elasticsearch refused, in its own words; empty when it does not say.
#[must_use]
pub fn refusal(bytes: &[u8]) -> String {
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
#[path = "tests/found.rs"]
mod tests;
