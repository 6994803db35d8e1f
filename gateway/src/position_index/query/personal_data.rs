//! The documents that hold a person's data, for `kubectl delivery erase`: `GET /history/traces`.
//!
//! Pure. It returns ids only, and only for the exact name of a courier or a client. There are no pages: when
//! `truncated`, the caller erases what it got and queries again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::scope::Scope;
use crate::position_index::clauses::{all, term};
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::response::SearchResponse;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&[&str]] = &[&["courier", "client"]];

/// The maximum number of documents of one kind, Elasticsearch's own maximum for one search.
const MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonalDataQuery {
    filter: Value,
    whole: bool,
}

/// A plan or a request, as indexed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdsDocument {
    #[serde(default)]
    delivery_id: Option<String>,
    #[serde(default)]
    request_id: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PersonalData {
    deliveries: Vec<DeliveryIds>,
    /// The ids of requests that carry one.
    requests: Vec<String>,
    /// Whether there are more.
    truncated: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryIds {
    delivery_id: String,
    request_id: Option<String>,
}

impl PersonalDataQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When not exactly one of both is given.
    pub(crate) fn read(parameters: &Parameters<'_>, scope: &Scope) -> Result<Self, InvalidParameter> {
        let filter = match (parameters.text("courier")?, parameters.text("client")?) {
            (Some(courier), None) => term("courier", &courier),
            (None, Some(client)) => term("clientId", &client),
            _ => return Err(InvalidParameter::CourierOrClient),
        };
        Ok(Self { filter, whole: scope.shows_all() })
    }

    /// The search, the same among plans and requests; `None` when the scope does not show all.
    #[must_use]
    pub(crate) fn search(&self) -> Option<Value> {
        let query = all(std::slice::from_ref(&self.filter));
        let search = json!({
            "size": MAX, "track_total_hits": false, "_source": ["deliveryId", "requestId"], "sort": ["_doc"], "query": query,
        });
        self.whole.then_some(search)
    }

    #[must_use]
    pub(crate) fn answer(plans: SearchResponse<IdsDocument>, requests: SearchResponse<IdsDocument>) -> PersonalData {
        let truncated = plans.documents.len() >= MAX || requests.documents.len() >= MAX;
        let ids = |plan: IdsDocument| Some(DeliveryIds { delivery_id: plan.delivery_id?, request_id: plan.request_id });
        PersonalData {
            deliveries: plans.documents.into_iter().filter_map(ids).collect(),
            requests: requests.documents.into_iter().filter_map(|request| request.request_id).collect(),
            truncated,
        }
    }
}

#[cfg(test)]
#[path = "tests/personal_data.rs"]
mod tests;
