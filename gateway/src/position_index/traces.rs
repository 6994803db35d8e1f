//! What the index holds of a person, for `kubectl delivery erase`: `GET /history/traces`.
//!
//! Pure. Ids alone, and only to whom names the courier or the client to the letter: nobody is told who asked. What is erased is not
//! there the next time, so there are no pages: who is told that there is more asks again afterwards.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::{all, term};
use super::found::Found;
use super::parameters::{Invalid, Parameters};
use crate::model::scope::Scope;

/// The names of its parameters.
pub const PARAMETERS: &[&[&str]] = &[&["courier", "client"]];

/// The most documents of one kind that are told of, which is the most that one search gives.
const MOST: usize = 10_000;

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    filter: Value,
    whole: bool,
}

/// A plan or a request, as the index has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    #[serde(default)]
    delivery_id: Option<String>,
    #[serde(default)]
    request_id: Option<String>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    deliveries: Vec<Told>,
    /// The ids of requests that have one of their own.
    requests: Vec<String>,
    /// Whether there is more.
    truncated: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    delivery_id: String,
    request_id: Option<String>,
}

impl Traces {
    /// Reads the question.
    ///
    /// # Errors
    /// When not exactly one of both is named.
    pub fn read(parameters: &Parameters<'_>, scope: &Scope) -> Result<Self, Invalid> {
        let filter = match (parameters.text("courier")?, parameters.text("client")?) {
            (Some(courier), None) => term("courier", &courier),
            (None, Some(client)) => term("clientId", &client),
            _ => return Err(Invalid("Give either courier or client, such as courier=moto-7.".to_owned())),
        };
        Ok(Self { filter, whole: scope.shows_all() })
    }

    /// The search, among plans as among requests; none for who may not see all.
    #[must_use]
    pub fn search(&self) -> Option<Value> {
        let query = all(std::slice::from_ref(&self.filter));
        let search = json!({
            "size": MOST, "track_total_hits": false, "_source": ["deliveryId", "requestId"], "sort": ["_doc"], "query": query,
        });
        self.whole.then_some(search)
    }

    /// The answer.
    #[must_use]
    pub fn answer(plans: Found<Document>, requests: Found<Document>) -> Answer {
        let truncated = plans.documents.len() >= MOST || requests.documents.len() >= MOST;
        let told = |plan: Document| Some(Told { delivery_id: plan.delivery_id?, request_id: plan.request_id });
        Answer {
            deliveries: plans.documents.into_iter().filter_map(told).collect(),
            requests: requests.documents.into_iter().filter_map(|request| request.request_id).collect(),
            truncated,
        }
    }
}

#[cfg(test)]
#[path = "tests/traces.rs"]
mod tests;
