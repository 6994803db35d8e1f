//! How long it takes from a step until what is ordered afterwards is taken, invoiced and mailed, and all workloads are ready.
//!
//! Measuring changes nothing. What takes too long stays open; the judge finds out how it ended.

use std::time::{Duration, Instant};

use delivery_e2e::entrance;
use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::injector::Injector;
use super::recovery;
use crate::load::orders::Orders;

const LOOK: Duration = Duration::from_millis(200);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// The API server reports what was just killed as ready for a moment.
const STALE: Duration = Duration::from_secs(1);

/// Seconds from the step; absent: not in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resumption {
    /// Until an order that was sent after it was taken.
    pub(crate) taken: Option<f64>,
    /// Until the purchase of that order had an invoice.
    pub(crate) invoiced: Option<f64>,
    /// Until the mail server had its e-mail.
    pub(crate) mailed: Option<f64>,
    /// Until all workloads of the product and its servers were ready.
    pub(crate) workloads: Option<f64>,
}

impl Resumption {
    /// Whether everything goes on.
    pub(crate) const fn is_complete(&self) -> bool {
        self.taken.is_some() && self.invoiced.is_some() && self.mailed.is_some() && self.workloads.is_some()
    }
}

/// Watches until everything goes on, or for as long as the setting allows.
pub(crate) async fn watch(injector: &Injector, orders: &Orders) -> Resumption {
    let began = Instant::now();
    let mut found = Resumption::default();
    let mut first: Option<String> = None;
    while !found.is_complete() && began.elapsed() < injector.setting.size.patience {
        if first.is_none() {
            first = orders.with(|bought| bought.ordered_since(began).map(|taken| taken.id.clone()));
            found.taken = first.as_ref().map(|_| began.elapsed().as_secs_f64());
        }
        if let Some(id) = &first
            && found.mailed.is_none()
            && let Some(invoice) = invoice(id).await
        {
            let now = began.elapsed().as_secs_f64();
            found.invoiced.get_or_insert(now);
            found.mailed = (invoice["email"]["state"] == "SENT").then_some(now);
        }
        if found.workloads.is_none() && began.elapsed() > STALE && recovery::is_whole(injector).await {
            found.workloads = Some(began.elapsed().as_secs_f64());
        }
        sleep(LOOK).await;
    }
    found
}

/// The invoice of a purchase, if there is one yet and its service answers.
async fn invoice(purchase: &str) -> Option<Value> {
    let path = format!("/api/invoices/{purchase}");
    match timeout(ANSWER, entrance::ask(Method::GET, &path, None)).await {
        Ok(Ok((StatusCode::OK, invoice))) => Some(invoice),
        _ => None,
    }
}
