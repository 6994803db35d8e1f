//! Removes notifications that are older than they are to be kept, little by little.
//!
//! A clock that is ahead alone must remove nothing: what is old is decided by the earliest of several clocks. It may import `store`.

use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::Heartbeat;
use jiff::Timestamp;
use tokio::time::sleep;

use crate::domain::repository::RepositoryError;
use crate::store::client::Store;

/// The wait before the next pass: short while there is more to remove, else long.
const NEXT: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_hours(1);
/// The wait after a failure.
const RETRY: Duration = Duration::from_mins(1);
/// A day, milliseconds.
const DAY: Millis = 24 * 60 * 60 * 1_000;

/// Removes, forever, what was made more than so many days ago. A pass removes a page, so that others are served in between.
pub(crate) async fn run(store: Store, days: u32, heartbeat: Heartbeat) {
    let begun = (now(), Instant::now());
    loop {
        let steady = begun.0.saturating_add(i64::try_from(begun.1.elapsed().as_millis()).unwrap_or(Millis::MAX));
        let pause = match heartbeat.during(pass(&store, days, now().min(steady))).await {
            Ok(0) => IDLE,
            Ok(removed) => {
                tracing::debug!(removed, "Removed notifications that are too old.");
                NEXT
            }
            Err(error) => {
                tracing::warn!(%error, "Cannot remove old notifications now; retrying.");
                RETRY
            }
        };
        sleep(pause).await;
    }
}

/// Removes a page of what is old at a time `now`, if others agree that it is so late; how many.
async fn pass(store: &Store, days: u32, now: Millis) -> Result<usize, RepositoryError> {
    let Some(newest) = store.newest().await? else { return Ok(0) };
    store.remove_older(oldest(days, agreed(now, newest, store.time().await?))).await
}

/// The time that a process, the newest notification and the database's server agree on: the earliest.
fn agreed(now: Millis, newest: Millis, server: Option<Millis>) -> Millis {
    now.min(newest).min(server.unwrap_or(now))
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

/// The time from which notifications are kept.
fn oldest(days: u32, now: Millis) -> Millis {
    now.saturating_sub(DAY.saturating_mul(days.into()))
}

#[cfg(test)]
#[path = "tests/retention.rs"]
mod tests;
