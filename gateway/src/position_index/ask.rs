//! Lets the searches of a question follow one another. What is searched for, and what the answers make, is for each question.

use std::time::Duration;

use delivery_messages::Millis;
use serde::Deserialize;
use tokio::try_join;

use super::document::{Plan, State};
use super::extent::{self, Extent};
use super::found::Found;
use super::heat::{self, Heat};
use super::index::{Alias, Asking, Index, SearchError};
use super::near::{self, Near};
use super::past::{self, Past};
use super::positions::{self, Positions};
use super::summary::{self, Summary};
use super::titles::Titles;
use super::traces::{self, Traces};
use super::whose::Whose;

/// How long the positions of a summary are looked at.
const POSITIONS_LIMIT: Duration = Duration::from_secs(3);

/// After everything that there is: the last second of the year 9999.
const FOREVER: Millis = 253_402_300_799_000;

/// The ids of the deliveries that are meant; none when positions themselves tell.
async fn ids(asking: &Asking<'_>, whose: &Whose, before: Millis) -> Result<Option<Vec<String>>, SearchError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Id {
        delivery_id: String,
    }
    let Some(search) = whose.plans(before) else { return Ok(None) };
    let found = asking.search::<Id>(Alias::Plans, search).await?;
    Ok(Some(found.documents.into_iter().map(|found| found.delivery_id).collect()))
}

/// `GET /history`.
///
/// # Errors
/// When Elasticsearch does not answer, as for all of these.
pub async fn extent(index: &Index, question: &Extent) -> Result<extent::Answer, SearchError> {
    let asking = index.begin().await?;
    let ids = ids(&asking, &question.whose, FOREVER).await?;
    let (positions, plans) = try_join!(
        asking.search(Alias::Positions, question.positions(ids.as_deref())),
        asking.search(Alias::Plans, question.plans()),
    )?;
    Ok(extent::answer(&positions, &plans))
}

/// `GET /history/summary`.
///
/// # Errors
/// As [`extent`].
pub async fn summary(index: &Index, question: &Summary, titles: &Titles) -> Result<summary::Answer, SearchError> {
    let asking = index.begin().await?;
    let ids = ids(&asking, &question.whose, question.span.until).await?;
    let plans = async {
        let found: Found<Plan> = asking.search(Alias::Plans, question.plans()).await?;
        let states = states(&asking, &found.documents).await?;
        Ok((found, states))
    };
    let requests = async {
        match question.requests() {
            Some(search) => asking.search(Alias::Requests, search).await.map(Some),
            None => Ok(None),
        }
    };
    let positions = async {
        let search = question.positions(ids.as_deref());
        match asking.search_within(Alias::Positions, search, POSITIONS_LIMIT).await {
            Err(SearchError::TooSlow) => Ok(None),
            found => found.map(Some),
        }
    };
    let ((plans, states), requests, positions) = try_join!(plans, requests, positions)?;
    Ok(question.answer(summary::All { plans, states, requests, positions }, titles))
}

/// The states of these plans.
async fn states(asking: &Asking<'_>, plans: &[Plan]) -> Result<Found<State>, SearchError> {
    if plans.is_empty() {
        return Ok(Found::default());
    }
    asking.search(Alias::States, past::states(plans)).await
}

/// `GET /history/deliveries`.
///
/// # Errors
/// As [`extent`].
pub async fn past(index: &Index, question: &Past, titles: &Titles) -> Result<past::Answer, SearchError> {
    let asking = index.begin().await?;
    let page = question.page(asking.search(Alias::Plans, question.plans()).await?);
    let states = states(&asking, &page.0).await?;
    Ok(past::answer(page, states, titles))
}

/// `GET /history/near`.
///
/// # Errors
/// As [`extent`].
pub async fn near(index: &Index, question: &Near, titles: &Titles) -> Result<near::Answer, SearchError> {
    let asking = index.begin().await?;
    let ids = ids(&asking, &question.whose, question.span.until).await?;
    let newest = asking.search(Alias::Positions, question.newest(ids.as_deref())).await?;
    let (ids, truncated) = question.ids(&newest);
    if ids.is_empty() {
        return Ok(near::Answer::default());
    }
    let (inside, plans, states) = try_join!(
        asking.search(Alias::Positions, question.inside(&ids)),
        asking.search(Alias::Plans, near::plans(&ids)),
        asking.search(Alias::States, near::states(&ids)),
    )?;
    Ok(near::answer(&inside, truncated, plans, states, titles))
}

/// `GET /history/heat`.
///
/// # Errors
/// As [`extent`].
pub async fn heat(index: &Index, question: &Heat) -> Result<heat::Answer, SearchError> {
    let asking = index.begin().await?;
    let ids = ids(&asking, &question.whose, question.span.until).await?;
    Ok(question.answer(&asking.search(Alias::Positions, question.positions(ids.as_deref())).await?))
}

/// `GET /history/deliveries/:id/positions`.
///
/// # Errors
/// As [`extent`].
pub async fn positions(index: &Index, question: Positions) -> Result<positions::Answer, SearchError> {
    let asking = index.begin().await?;
    if let Some(plan) = question.plan()
        && !question.may_be_seen(&asking.search(Alias::Plans, plan).await?)
    {
        return Ok(question.answer(Found::default()));
    }
    let found = asking.search(Alias::Positions, question.search()).await?;
    Ok(question.answer(found))
}

/// `GET /history/traces`.
///
/// # Errors
/// As [`extent`].
pub async fn traces(index: &Index, question: &Traces) -> Result<traces::Answer, SearchError> {
    let asking = index.begin().await?;
    let Some(search) = question.search() else { return Ok(Traces::answer(Found::default(), Found::default())) };
    let (plans, requests) =
        try_join!(asking.search(Alias::Plans, search.clone()), asking.search(Alias::Requests, search))?;
    Ok(Traces::answer(plans, requests))
}
