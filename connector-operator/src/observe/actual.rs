//! Reads what Connect knows about a connector.

use std::time::Duration;

use serde_json::Value;

use crate::connect::options::Options;
use crate::connect::reply::{self, REPORTING, StatusReply};
use crate::connect::rest::{Connect, RestError};

/// How many times Connect is asked for the status of a connector after a change.
const ATTEMPTS: u32 = 20;
/// The pause between two of these requests.
const PAUSE: Duration = Duration::from_millis(100);

/// How many workers are asked what the tasks of a connector wait for.
const MAX_WORKERS: usize = 8;

/// A connector as it is in Connect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actual {
    /// Its options; `None` when it does not exist.
    pub options: Option<Options>,
    /// Its status as Connect returned it; `None` while Connect has none yet.
    pub status: Option<Value>,
    /// The topics that it has used, sorted.
    pub topics: Vec<String>,
    /// What its tasks wait for, where the plugin says so: a sentence.
    pub waiting: Option<String>,
}

impl Actual {
    /// Its status, readable.
    #[must_use]
    pub fn reply(&self) -> Option<StatusReply<'_>> {
        self.status.as_ref().map(StatusReply)
    }
}

/// The connector of that name in Connect.
///
/// # Errors
/// When Connect refused a request or did not answer.
pub async fn actual(connect: &Connect, name: &str) -> Result<Actual, RestError> {
    let Some(options) = connect.options(name).await? else { return Ok(Actual::default()) };
    let status = connect.status(name).await?;
    let waiting = waiting(connect, &options, status.as_ref()).await;
    Ok(Actual { options: Some(options), status, topics: connect.topics(name).await?, waiting })
}

/// Asks each worker that runs a task, for a plugin knows of the tasks on its own worker alone. A worker that cannot be asked has
/// nothing to say: whether the connector works is not decided by this.
async fn waiting(connect: &Connect, options: &Options, status: Option<&Value>) -> Option<String> {
    if options.get("connector.class").is_none_or(|class| class != REPORTING) {
        return None;
    }
    let said = |reply: Result<Value, RestError>| match reply {
        Ok(validation) => reply::waiting(&validation).map(str::to_owned),
        Err(error) => {
            tracing::debug!(%error, "Cannot ask what the tasks of a connector wait for.");
            None
        }
    };
    for worker in StatusReply(status?).workers().into_iter().take(MAX_WORKERS) {
        let reason = match connect.through(worker).validate(REPORTING, options).await {
            // Perhaps only the workers themselves can reach one another there: then whichever answers must do.
            Err(RestError::Unreachable { .. }) => return said(connect.validate(REPORTING, options).await),
            reply => said(reply),
        };
        if reason.is_some() {
            return reason;
        }
    }
    None
}

/// The same after a change: Connect needs a moment until a new connector has a status.
///
/// # Errors
/// When Connect refused a request or did not answer.
pub async fn actual_after_change(connect: &Connect, name: &str) -> Result<Actual, RestError> {
    for _ in 0..ATTEMPTS {
        let actual = actual(connect, name).await?;
        if actual.status.is_some() {
            return Ok(actual);
        }
        tokio::time::sleep(PAUSE).await;
    }
    actual(connect, name).await
}
