//! Waits until something is so, for a bounded time, and asks for bounded costs: one question a second, or one for each id and second.
//!
//! A list costs some servers of `MongoDB`'s protocol as much as all that there is, and a question for an id costs the same however much
//! that is; so what becomes of purchases is followed by their ids.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::{StreamExt, stream};
use serde_json::Value;

const PAUSE: Duration = Duration::from_secs(1);
/// How many ids are asked for at once.
const AT_ONCE: usize = 8;

/// How long it may take until so many are through: ten times as long as at 100 a second.
pub(super) fn limit(count: u32) -> Duration {
    Duration::from_mins(2) + Duration::from_secs(u64::from(count.div_ceil(10)))
}

/// Asks again and again until something is so.
pub(super) async fn until(what: &str, limit: Duration, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is_so().await? {
        ensure!(began.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Asks for each id until the answer is as wanted; none is asked for again within [`PAUSE`]. The answers, by id. One that fails is asked
/// again as well: a service may just be starting.
pub(super) async fn followed(
    what: &str,
    ids: Vec<String>,
    limit: Duration,
    ask: &impl AsyncFn(&str) -> Result<Option<Value>>,
    is_wanted: impl Fn(&Value) -> bool,
) -> Result<HashMap<String, Value>> {
    let (began, count, mut left) = (Instant::now(), ids.len(), ids);
    let mut found = HashMap::with_capacity(count);
    loop {
        let asked = stream::iter(left).map(|id| async move {
            let answer = ask(&id).await;
            (id, answer)
        });
        let answers: Vec<(String, Result<Option<Value>>)> = asked.buffer_unordered(AT_ONCE).collect().await;
        let mut last = String::new();
        left = Vec::new();
        for (id, answer) in answers {
            match answer {
                Ok(Some(value)) if is_wanted(&value) => {
                    found.insert(id, value);
                    continue;
                }
                Ok(Some(value)) => last = format!("{id} is {value}"),
                Ok(None) => last = format!("{id} has none"),
                Err(error) => last = format!("{id} cannot be asked for: {error:#}"),
            }
            left.push(id);
        }
        if left.is_empty() {
            return Ok(found);
        }
        ensure!(began.elapsed() < limit, "{what}: {} of {count} not within {limit:?}; {last}", left.len());
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
#[path = "tests/wait.rs"]
mod tests;
