//! The service of invoices comes back to what was bought without it: how fast it issues and mails, by the times that it notes.

use anyhow::{Context, Result};
use delivery_e2e::cluster::Cluster;
use delivery_e2e::entrance;

use super::shop::Shop;
use super::wait::{followed, limit, until};
use super::way::{is_sent, time};

/// Of how many purchases a second the rate is given as a multiple.
const RATE: f64 = 20.0;
/// The least multiple.
const TARGET: f64 = 5.0;

pub(super) async fn measure(
    cluster: &Cluster,
    shop: &Shop,
    ids: Vec<String>,
    (name, replicas): (&str, i32),
) -> Result<()> {
    let count = u32::try_from(ids.len())?;
    let mails = mails().await? + u64::from(count);
    let began = jiff::Timestamp::now().as_millisecond();
    Box::pin(cluster.scale(name, replicas)).await?;
    // Until so many have arrived, only the mail server is asked, and for their number alone.
    until("the mails of what was bought without invoices", limit(count), async || Ok(self::mails().await? >= mails))
        .await?;
    let ask = async |id: &str| shop.invoice(id).await;
    let invoices = followed("the notes of the last mails", ids, limit(count), &ask, is_sent).await?;
    let mut issued = invoices.values().map(|invoice| time(&invoice["issuedAt"])).collect::<Result<Vec<_>>>()?;
    let mut sent = invoices.values().map(|invoice| time(&invoice["email"]["sentAt"])).collect::<Result<Vec<_>>>()?;
    for (what, times) in [("invoices", &mut issued), ("e-mails", &mut sent)] {
        times.sort_unstable();
        let (Some(first), Some(last)) = (times.first(), times.last()) else { continue };
        let (all, from_first) = (per_second(count, began, *last), per_second(count, *first, *last));
        println!(
            "{what} catching up: {count} within {:.1} s of scaling {replicas} services up: {all:.0} a second, {:.1} × {RATE} a second; \
             from the first on {from_first:.0}, {:.1} ×  (target: at least {TARGET} ×)",
            seconds(began, *last),
            all / RATE,
            from_first / RATE
        );
    }
    Ok(())
}

/// How many mails the mail server has.
async fn mails() -> Result<u64> {
    let found = entrance::until("/mail/api/v1/messages?limit=1", |found| found["total"].is_u64()).await?;
    found["total"].as_u64().context("the mail server counts the mails")
}

fn per_second(count: u32, from: i64, to: i64) -> f64 {
    f64::from(count) / seconds(from, to)
}

/// From one time to another, at least a millisecond.
fn seconds(from: i64, to: i64) -> f64 {
    let milliseconds = u32::try_from((to - from).max(1)).unwrap_or(u32::MAX);
    f64::from(milliseconds) / 1_000.0
}

#[cfg(test)]
#[path = "tests/catching_up.rs"]
mod tests;
