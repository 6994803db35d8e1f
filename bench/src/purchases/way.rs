//! From the approval of a purchase to its event, its invoice and its e-mail, at a steady rate, by the times that the services note.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::interval;

use super::shop::Shop;
use super::wait::{followed, limit};
use crate::summary;

pub(super) async fn measure(shop: &Shop, rate: u32, seconds: u32) -> Result<()> {
    let count = rate * seconds;
    let mut due = interval(Duration::from_secs(1) / rate);
    let mut orders = JoinSet::new();
    for number in 0..count {
        due.tick().await;
        let shop = shop.clone();
        orders.spawn(async move { shop.order(number).await });
    }
    let ids: Vec<String> = orders.join_all().await.into_iter().collect::<Result<_>>()?;
    // Only now: nothing is asked while it is measured.
    let ask = async |id: &str| shop.invoice(id).await;
    let invoices = followed("the e-mails of all purchases", ids.clone(), limit(count), &ask, is_sent).await?;
    let ask = async |id: &str| shop.purchase(id).await;
    let purchases = followed("the events of all purchases", ids, limit(count), &ask, is_published).await?;
    let (mut events, mut issues, mut mails) = (Vec::new(), Vec::new(), Vec::new());
    for (id, purchase) in &purchases {
        let approved = time(&purchase["approvedAt"])?;
        let invoice = invoices.get(id).context("every purchase has an invoice by now")?;
        events.push(time(&purchase["publishedAt"])? - approved);
        issues.push(time(&invoice["issuedAt"])? - approved);
        mails.push(time(&invoice["email"]["sentAt"])? - approved);
    }
    let at = |what: &str| format!("approval to {what} at {rate} purchases a second");
    summary::print(&at("event in Kafka"), events, "no target");
    summary::print(&at("invoice"), issues, "no target");
    summary::print(&at("e-mail"), mails, "target: p95 under 2000 ms");
    Ok(())
}

/// Whether the mail server has the e-mail of an invoice.
pub(super) fn is_sent(invoice: &Value) -> bool {
    invoice["email"]["state"] == "SENT"
}

/// Whether Kafka has the event of a purchase.
pub(super) fn is_published(purchase: &Value) -> bool {
    purchase["publishedAt"].is_i64()
}

/// A time, milliseconds since the Unix epoch.
pub(super) fn time(value: &Value) -> Result<i64> {
    value.as_i64().context("a purchase that is through has all its times")
}
