//! What the index holds of a person, for `kubectl delivery erase`: `GET /history/traces`.
//!
//! Pure. Ids alone, and only to whom names the courier or the client to the letter: nobody is told who asked. What is erased is not
//! there the next time, so there are no pages: who is told that there is more asks again afterwards.

use super::body::{all, term};
use super::found::Found;
use super::parameters::{Invalid, Parameters};
use crate::scope::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
mod tests {
    use super::*;
    use crate::search::testing::{found, with};

    fn read(pairs: &[(&str, &str)]) -> Result<Traces, Invalid> {
        with(pairs, PARAMETERS, |parameters| Traces::read(parameters, &Scope::everything()))
    }

    #[test]
    fn one_person_is_named_and_looked_for_to_the_letter() {
        let search = read(&[("client", "c-1")]).unwrap().search().unwrap();
        assert_eq!(search["query"], json!({"bool": {"filter": [{"term": {"clientId": "c-1"}}]}}));
        for wrong in [&[][..], &[("courier", "ana"), ("client", "c-1")], &[("courier", "")]] {
            assert!(read(wrong).unwrap_err().0.contains("either courier or client"), "{wrong:?}");
        }
    }

    #[test]
    fn ids_are_told_and_nothing_else() {
        let plans = found(0, &[json!({"deliveryId": "a", "requestId": "r"}), json!({"deliveryId": "b"})], &json!({}));
        let requests = found(0, &[json!({"requestId": "q"}), json!({})], &json!({}));
        let answer = serde_json::to_value(Traces::answer(plans, requests)).unwrap();
        assert_eq!(
            answer,
            json!({
                "deliveries": [{"deliveryId": "a", "requestId": "r"}, {"deliveryId": "b", "requestId": null}],
                "requests": ["q"],
                "truncated": false,
            })
        );
    }
}
