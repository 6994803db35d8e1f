//! Who may ask a service, how often, and for how much at a time: the pages of which origins, how many changes and queries a second per
//! address, and how many lists of all clients together.
//!
//! The first two are decided before anything of a request but its headers is read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderMap, HeaderValue, Method};
use warp::reply::Response;

use crate::answers::AnswerMemory;
use crate::budgets::Budgets;
use crate::origins::{AllowedOrigins, may_change};
use crate::peer::PeerAddress;
use crate::problem::{ApiResult, Problem};

/// What a peer address may ask of a process each second; ten seconds' worth may come at once. 0: no limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rates {
    /// Requests that may change something.
    pub changes: u32,
    /// Other requests.
    pub queries: u32,
    /// How many times as much all addresses together may ask; at least 1.
    pub all_addresses_factor: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { changes: 20, queries: 50, all_addresses_factor: 5 }
    }
}

/// The kinds of requests, as in metrics and messages.
const KINDS: [&str; 2] = ["changes", "queries"];

/// Hears of each request that was over budget: its kind, and whose budget it was, `address` or `all`.
pub type Refused = dyn Fn(&'static str, &'static str) + Send + Sync;

/// How many lists are made at a time. One may be of some megabytes, and is in memory several times while it is made.
const LISTS: usize = 2;
/// How long a list may wait for its turn.
const TURN_LIMIT: Duration = Duration::from_secs(5);
/// The memory for lists that are made and still being read, bytes.
const ANSWER_BYTES: usize = 8 << 20;

/// The entrance of a service; a clone is the same.
#[derive(Clone)]
pub struct Entrance {
    origins: AllowedOrigins,
    budgets: Arc<Budgets<2>>,
    refused: Arc<Refused>,
    lists: Arc<Semaphore>,
    answers: Arc<AnswerMemory>,
}

impl Entrance {
    /// For pages of these origins and for whatever is no browser.
    #[must_use]
    pub fn new(
        origins: AllowedOrigins,
        rates: &Rates,
        refused: impl Fn(&'static str, &'static str) + Send + Sync + 'static,
    ) -> Self {
        let factor = rates.all_addresses_factor.max(1);
        let budgets = Arc::new(Budgets::new([rates.changes, rates.queries], factor, Instant::now()));
        let (lists, answers) = (Arc::new(Semaphore::new(LISTS)), Arc::new(AnswerMemory::new(ANSWER_BYTES)));
        Self { origins, budgets, refused: Arc::new(refused), lists, answers }
    }

    /// Waits for the turn of a list, which lasts until what is returned is dropped.
    ///
    /// # Errors
    /// 503 when others take too long.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = timeout(TURN_LIMIT, Arc::clone(&self.lists).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| {
            Problem::unavailable("Busy", "Too many lists are asked for at the same time. Try again in a few seconds.")
        })
    }

    /// A list as JSON, which takes memory until its client has read it.
    ///
    /// # Errors
    /// 503 when too many are still being read.
    pub fn list<T: Serialize>(&self, list: &T) -> ApiResult {
        let text = serde_json::to_vec(list).map_err(|error| {
            tracing::error!(%error, "An answer cannot be encoded as JSON.");
            Problem::unavailable("Internal", "The answer cannot be encoded as JSON. Report this as a bug.")
        })?;
        let text = self.answers.hold(text).ok_or_else(|| {
            Problem::unavailable("Busy", "Too many answers are still being read. Try again in a few seconds.")
        })?;
        let mut response = Response::new(text.into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }

    /// The pages that may use it.
    pub(crate) const fn origins(&self) -> &AllowedOrigins {
        &self.origins
    }

    /// The answer to a request that is not served; none if it may be. Without an address there is no budget: [`crate::server`] gives every
    /// request one.
    pub(crate) fn refusal(
        &self,
        method: &Method,
        headers: &HeaderMap,
        address: Option<PeerAddress>,
        now: Instant,
    ) -> Option<Problem> {
        let changes = may_change(method);
        let of_page = if changes { self.origins.refusal(headers, "this service") } else { None };
        if of_page.is_some() {
            return of_page;
        }
        let kind = usize::from(!changes);
        let used_up = self.budgets.take(kind, address?, now).err()?;
        let what = KINDS.get(kind).copied().unwrap_or_default();
        (self.refused)(what, used_up.name());
        let seconds = used_up.retry_after_seconds();
        let message = format!("{} asked this service for too many {what}. Try again in {seconds} s.", used_up.whose());
        Some(Problem::too_many("TooManyRequests", message, seconds))
    }
}

#[cfg(test)]
#[path = "tests/entrance.rs"]
mod tests;
