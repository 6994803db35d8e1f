//! `GET /history/*`: reads the query, runs it on the position index, and maps errors to HTTP problems.

use std::sync::Arc;
use std::time::Instant;

use delivery_http_server::{ApiResult, PeerAddress, Problem};
use delivery_messages::Millis;
use jiff::Timestamp;
use serde::Serialize;

use super::answer::json_of;
use crate::gateway::budgets::Budget;
use crate::gateway::shared::Gateway;
use crate::position_index::client::{PositionIndex, SearchError};
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::queries;
use crate::position_index::query::deliveries::{self, DeliveriesQuery};
use crate::position_index::query::extent::ExtentQuery;
use crate::position_index::query::heatmap::{self, HeatmapQuery};
use crate::position_index::query::near::{self, NearQuery};
use crate::position_index::query::personal_data::{self, PersonalDataQuery};
use crate::position_index::query::positions::{self, PositionsQuery};
use crate::position_index::query::summary::{self, SummaryQuery};
use crate::position_index::titles::Titles;

/// The decoded name–value pairs of a URL's query string.
pub(crate) type QueryPairs = Vec<(String, String)>;

/// One endpoint of the history API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `GET /history`.
    Extent,
    /// `GET /history/summary`.
    Summary,
    /// `GET /history/near`.
    Near,
    /// `GET /history/heat`.
    Heat,
    /// `GET /history/deliveries`.
    Deliveries,
    /// `GET /history/deliveries/:id/positions`.
    Positions(String),
    /// `GET /history/traces`.
    Traces,
}

impl Endpoint {
    /// The label value in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Extent => "extent",
            Self::Summary => "summary",
            Self::Near => "near",
            Self::Heat => "heat",
            Self::Deliveries => "deliveries",
            Self::Positions(_) => "positions",
            Self::Traces => "traces",
        }
    }
}

/// Answers a request.
///
/// # Errors
/// 404 without a position index, 400 for an invalid parameter, 429 for too many queries of one address, 503 when Elasticsearch
/// cannot answer.
pub(crate) async fn answer(
    gateway: &Gateway,
    endpoint: Endpoint,
    pairs: &QueryPairs,
    address: PeerAddress,
) -> ApiResult {
    let Some(index) = &gateway.position_index else {
        let message = "This installation has no position index. Set elasticsearch.url to enable it.";
        return Err(Problem::not_found("HistoryOff", message));
    };
    let (name, started) = (endpoint.name(), Instant::now());
    let answer = match gateway.budgets.take(Budget::History, address, started) {
        Ok(()) => run(gateway, index, endpoint, pairs).await,
        Err(over) => Err(over.into()),
    };
    let outcome = answer.as_ref().map_or_else(|problem| problem.reason, |_| "answered");
    gateway.metrics.searched(name, outcome, started.elapsed());
    answer
}

async fn run(gateway: &Gateway, index: &PositionIndex, endpoint: Endpoint, pairs: &QueryPairs) -> ApiResult {
    let (scope, now) = (&gateway.scope, now());
    let titles = || Titles(Arc::clone(gateway.live.published().catalogue()));
    match endpoint {
        Endpoint::Extent => {
            Parameters::read(pairs, &[])?;
            reply(gateway, queries::extent(index, &ExtentQuery::of(scope)).await)
        }
        Endpoint::Summary => {
            let query = SummaryQuery::read(&Parameters::read(pairs, summary::PARAMETERS)?, scope, now)?;
            reply(gateway, queries::summary(index, &query, &titles()).await)
        }
        Endpoint::Near => {
            let query = NearQuery::read(&Parameters::read(pairs, near::PARAMETERS)?, scope, now)?;
            reply(gateway, queries::near(index, &query, &titles()).await)
        }
        Endpoint::Heat => {
            let query = HeatmapQuery::read(&Parameters::read(pairs, heatmap::PARAMETERS)?, scope, now)?;
            reply(gateway, queries::heatmap(index, &query).await)
        }
        Endpoint::Deliveries => {
            let query = DeliveriesQuery::read(&Parameters::read(pairs, deliveries::PARAMETERS)?, scope, now)?;
            reply(gateway, queries::deliveries(index, &query, &titles()).await)
        }
        Endpoint::Positions(id) => {
            let query = PositionsQuery::read(&id, &Parameters::read(pairs, positions::PARAMETERS)?, scope)?;
            reply(gateway, queries::positions(index, query).await)
        }
        Endpoint::Traces => {
            let query = PersonalDataQuery::read(&Parameters::read(pairs, personal_data::PARAMETERS)?, scope)?;
            reply(gateway, queries::personal_data(index, &query).await)
        }
    }
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

fn reply<T: Serialize>(gateway: &Gateway, answer: Result<T, SearchError>) -> ApiResult {
    json_of(gateway, &answer?)
}

impl From<InvalidParameter> for Problem {
    fn from(error: InvalidParameter) -> Self {
        Self::bad_request("InvalidParameter", error.to_string())
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        Self::unavailable(error.reason(), error.to_string())
    }
}
