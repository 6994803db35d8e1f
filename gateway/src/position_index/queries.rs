//! Runs the searches of each query, in order or in parallel.
//!
//! The query's own module builds the search bodies and makes the answer of the responses.

use std::time::Duration;

use delivery_messages::Millis;
use serde::Deserialize;
use tokio::try_join;

use super::client::{Alias, PositionIndex, SearchError, SearchSession};
use super::documents::{Plan, State};
use super::query::deliveries::{self, DeliveriesQuery};
use super::query::extent::{self, ExtentQuery};
use super::query::heatmap::{self, HeatmapQuery};
use super::query::near::{self, NearQuery};
use super::query::personal_data::{self, PersonalDataQuery};
use super::query::positions::{self, PositionsQuery};
use super::query::summary::{self, SummaryQuery};
use super::response::SearchResponse;
use super::selection::Selection;
use super::titles::Titles;

/// Time limit of a summary's search among positions; past it the summary goes without them.
const POSITIONS_LIMIT: Duration = Duration::from_secs(3);

/// The last second of the year 9999, in milliseconds: later than any document.
const FOREVER: Millis = 253_402_300_799_000;

/// The ids of the selected deliveries; `None` when the positions alone can be filtered.
async fn ids(
    session: &SearchSession<'_>,
    selection: &Selection,
    before: Millis,
) -> Result<Option<Vec<String>>, SearchError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Id {
        delivery_id: String,
    }
    let Some(search) = selection.plans(before) else { return Ok(None) };
    let found = session.search::<Id>(Alias::Plans, search).await?;
    Ok(Some(found.documents.into_iter().map(|found| found.delivery_id).collect()))
}

/// `GET /history`.
///
/// # Errors
/// When Elasticsearch does not respond. The same holds for every query below.
pub(crate) async fn extent(index: &PositionIndex, query: &ExtentQuery) -> Result<extent::Extent, SearchError> {
    let session = index.open_session().await?;
    let ids = ids(&session, &query.selection, FOREVER).await?;
    let (positions, plans) = try_join!(
        session.search(Alias::Positions, query.positions(ids.as_deref())),
        session.search(Alias::Plans, query.plans()),
    )?;
    Ok(extent::answer(&positions, &plans))
}

/// `GET /history/summary`.
///
/// # Errors
/// As [`extent`].
pub(crate) async fn summary(
    index: &PositionIndex,
    query: &SummaryQuery,
    titles: &Titles,
) -> Result<summary::Summary, SearchError> {
    let session = index.open_session().await?;
    let ids = ids(&session, &query.selection, query.time_range.until).await?;
    let plans = async {
        let found: SearchResponse<Plan> = session.search(Alias::Plans, query.plans()).await?;
        let states = states(&session, &found.documents).await?;
        Ok((found, states))
    };
    let requests = async {
        match query.requests() {
            Some(search) => session.search(Alias::Requests, search).await.map(Some),
            None => Ok(None),
        }
    };
    let positions = async {
        let search = query.positions(ids.as_deref());
        match session.search_within(Alias::Positions, search, POSITIONS_LIMIT).await {
            Err(SearchError::TooSlow) => Ok(None),
            found => found.map(Some),
        }
    };
    let ((plans, states), requests, positions) = try_join!(plans, requests, positions)?;
    Ok(query.answer(summary::All { plans, states, requests, positions }, titles))
}

/// The states of these plans.
async fn states(session: &SearchSession<'_>, plans: &[Plan]) -> Result<SearchResponse<State>, SearchError> {
    if plans.is_empty() {
        return Ok(SearchResponse::default());
    }
    session.search(Alias::States, deliveries::states(plans)).await
}

/// `GET /history/deliveries`.
///
/// # Errors
/// As [`extent`].
pub(crate) async fn deliveries(
    index: &PositionIndex,
    query: &DeliveriesQuery,
    titles: &Titles,
) -> Result<deliveries::DeliveriesPage, SearchError> {
    let session = index.open_session().await?;
    let page = query.page(session.search(Alias::Plans, query.plans()).await?);
    let states = states(&session, &page.0).await?;
    Ok(deliveries::answer(page, states, titles))
}

/// `GET /history/near`.
///
/// # Errors
/// As [`extent`].
pub(crate) async fn near(
    index: &PositionIndex,
    query: &NearQuery,
    titles: &Titles,
) -> Result<near::Passages, SearchError> {
    let session = index.open_session().await?;
    let ids = ids(&session, &query.selection, query.time_range.until).await?;
    let newest = session.search(Alias::Positions, query.newest(ids.as_deref())).await?;
    let (ids, truncated) = query.ids(&newest);
    if ids.is_empty() {
        return Ok(near::Passages::default());
    }
    let (inside, plans, states) = try_join!(
        session.search(Alias::Positions, query.inside(&ids)),
        session.search(Alias::Plans, near::plans(&ids)),
        session.search(Alias::States, near::states(&ids)),
    )?;
    Ok(near::answer(&inside, truncated, plans, states, titles))
}

/// `GET /history/heat`.
///
/// # Errors
/// As [`extent`].
pub(crate) async fn heatmap(index: &PositionIndex, query: &HeatmapQuery) -> Result<heatmap::Heatmap, SearchError> {
    let session = index.open_session().await?;
    let ids = ids(&session, &query.selection, query.time_range.until).await?;
    Ok(query.answer(&session.search(Alias::Positions, query.positions(ids.as_deref())).await?))
}

/// `GET /history/deliveries/:id/positions`.
///
/// # Errors
/// As [`extent`].
pub(crate) async fn positions(
    index: &PositionIndex,
    query: PositionsQuery,
) -> Result<positions::PositionsPage, SearchError> {
    let session = index.open_session().await?;
    if let Some(plan) = query.plan()
        && !query.is_visible(&session.search(Alias::Plans, plan).await?)
    {
        return Ok(query.answer(SearchResponse::default()));
    }
    let found = session.search(Alias::Positions, query.search()).await?;
    Ok(query.answer(found))
}

/// `GET /history/traces`.
///
/// # Errors
/// As [`extent`].
pub(crate) async fn personal_data(
    index: &PositionIndex,
    query: &PersonalDataQuery,
) -> Result<personal_data::PersonalData, SearchError> {
    let session = index.open_session().await?;
    let Some(search) = query.search() else {
        return Ok(PersonalDataQuery::answer(SearchResponse::default(), SearchResponse::default()));
    };
    let (plans, requests) =
        try_join!(session.search(Alias::Plans, search.clone()), session.search(Alias::Requests, search))?;
    Ok(PersonalDataQuery::answer(plans, requests))
}
