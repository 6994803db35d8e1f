//! Orders during the faults, at a steady rate, each with an idempotency key of its own.
//!
//! What is not answered is sent again with the same key, as by any client, until it is taken; and some that were taken are sent once more,
//! which must give the same purchase. What becomes of the purchases is judged at the end.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use delivery_e2e::shop;
use hyper::StatusCode;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// The pauses before an order is sent again, doubled from the first to the last: whoever is slow is not helped by more of them.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(8);
/// How long an order is sent again and again.
const PATIENCE: Duration = Duration::from_mins(4);
/// The maximum number of orders without an answer; beyond it no more are sent.
const MAX_OPEN: usize = 200;
/// How many customers share the purchases.
const CUSTOMERS: usize = 20;
/// One in this many is sent once more after it was taken.
const SENT_AGAIN: usize = 10;

/// A purchase that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Its id.
    pub(crate) id: String,
    /// The customer's id.
    pub(crate) customer: String,
    /// When it was ordered first.
    pub(crate) ordered: Instant,
    /// How often it was sent until it was taken.
    pub(crate) attempts: usize,
}

/// What has become of the orders so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bought {
    /// How many orders there were.
    pub(crate) orders: usize,
    /// Those that were taken.
    pub(crate) taken: Vec<Taken>,
    /// Why others were not.
    pub(crate) failures: Vec<String>,
}

impl Bought {
    /// The ids of the purchases.
    pub(crate) fn ids(&self) -> HashSet<String> {
        self.taken.iter().map(|taken| taken.id.clone()).collect()
    }

    /// How many purchases each customer made, by id.
    pub(crate) fn by_customer(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for taken in &self.taken {
            *counts.entry(taken.customer.clone()).or_default() += 1;
        }
        counts
    }

    /// The first purchase that was ordered at this time or later.
    pub(crate) fn ordered_since(&self, time: Instant) -> Option<&Taken> {
        self.taken.iter().filter(|taken| taken.ordered >= time).min_by_key(|taken| taken.ordered)
    }
}

/// Orders of a run; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    run: String,
    bought: Arc<Mutex<Bought>>,
}

impl Orders {
    /// None yet. The keys and customers of the orders begin with the run's name.
    pub(crate) fn new(run: &str) -> Self {
        Self { run: run.to_owned(), bought: Arc::default() }
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Bought) -> T) -> T {
        look(&mut self.bought.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends orders until told to stop, and at least so many; then waits until each is taken or given up.
    pub(crate) async fn send(self, per_second: u32, at_least: usize, stop: watch::Receiver<bool>) {
        let mut due = interval(Duration::from_secs(1) / per_second.max(1));
        // What was not sent in time is not made up for.
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut open = JoinSet::new();
        for number in 0_usize.. {
            due.tick().await;
            if *stop.borrow() && number >= at_least {
                break;
            }
            while open.try_join_next().is_some() {}
            if open.len() >= MAX_OPEN {
                open.join_next().await;
            }
            open.spawn(self.clone().order(number));
        }
        while open.join_next().await.is_some() {}
    }

    async fn order(self, number: usize) {
        self.with(|bought| bought.orders += 1);
        let outcome = take(&self.run, number).await;
        self.with(|bought| match outcome {
            Ok(taken) => bought.taken.push(taken),
            Err(error) => bought.failures.push(format!("the order {}-{number}: {error:#}", self.run)),
        });
    }
}

/// Sends an order until it is taken.
async fn take(run: &str, number: usize) -> Result<Taken> {
    let (customer, key) = (format!("{run}-{}@example.com", number % CUSTOMERS), format!("{run}-{number}"));
    let (order, ordered) = (shop::order(&customer), Instant::now());
    let (mut attempts, mut pause) = (0, FIRST_RETRY);
    let purchase = loop {
        attempts += 1;
        let because = match timeout(ANSWER, shop::post(&order, Some(&key))).await {
            Ok(Ok((status, purchase))) if status.is_success() => break purchase,
            Ok(Ok((status, error))) if is_final(status) => bail!("it was refused with {status}: {error}"),
            Ok(Ok((status, error))) => format!("{status}: {error}"),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => format!("no answer within {ANSWER:?}"),
        };
        ensure!(ordered.elapsed() < PATIENCE, "it was not taken within {PATIENCE:?}; the last answer: {because}");
        sleep(pause).await;
        pause = (pause * 2).min(LAST_RETRY);
    };
    let id = text(&purchase["id"])?;
    if number.is_multiple_of(SENT_AGAIN)
        && let Ok(Ok((status, again))) = timeout(ANSWER, shop::post(&order, Some(&key))).await
        && status.is_success()
    {
        let again = text(&again["id"])?;
        ensure!(again == id, "it is the purchase {id}, and when it was sent again with the same key, {again}");
    }
    Ok(Taken { id, customer: text(&purchase["customer"]["id"])?, ordered, attempts })
}

/// Whether an order is refused for good, and not only for now.
fn is_final(status: StatusCode) -> bool {
    status.is_client_error() && ![StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status)
}

fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().context("the answer is no purchase")?.to_owned())
}

#[cfg(test)]
#[path = "tests/orders.rs"]
mod tests;
