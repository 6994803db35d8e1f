//! Purchases taken a second, beside plain inserts of documents like theirs into the same server: one document in each insert, by as many
//! clients at once. The two take turns, so that what else the machine does affects both.

use std::ops::Range;
use std::time::Instant;

use anyhow::{Context, Result};
use delivery_e2e::cluster::Cluster;
use delivery_e2e::server;
use futures::{StreamExt, TryStreamExt, stream};
use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::shop::Shop;
use super::wait::{limit, until};
use super::way::is_published;

const ROUNDS: u32 = 5;

/// Makes so many purchases; their ids.
pub(super) async fn measure(cluster: &Cluster, shop: &Shop, count: u32, clients: u16) -> Result<Vec<String>> {
    let database = server::database(cluster, &shop.run).await?;
    let measured = rounds(shop, &database.collection("purchases"), count, usize::from(clients)).await;
    database.drop().await?;
    measured
}

async fn rounds(shop: &Shop, plain: &Collection<Document>, count: u32, clients: usize) -> Result<Vec<String>> {
    let (mut ids, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let numbers = count * round / ROUNDS..count * (round + 1) / ROUNDS;
        let (taken, purchases) = timed(clients, numbers.clone(), |number| shop.order(number)).await?;
        // What is done with them afterwards is not to slow the inserts down.
        let last = taken.last().context("there are some in every round")?;
        until("the event of a round's last purchase", limit(count), async || {
            Ok(shop.purchase(last).await?.is_some_and(|purchase| is_published(&purchase)))
        })
        .await?;
        ids.extend(taken);
        let (_, inserts) = timed(clients, numbers, |number| insert(plain, document(&shop.run, number))).await?;
        let ratio = purchases / inserts;
        println!(
            "round {}: {purchases:.0} purchases a second, {inserts:.0} plain inserts, ratio {ratio:.2}",
            round + 1
        );
        ratios.push(ratio);
    }
    let (least, median, most) = spread(&mut ratios).context("there is a round")?;
    println!(
        "purchases taken beside plain inserts, {clients} clients at once: ratio {median:.2} ({least:.2}–{most:.2})  (target: at least 0.5)"
    );
    Ok(ids)
}

async fn insert(plain: &Collection<Document>, document: Document) -> Result<()> {
    plain.insert_one(document).await?;
    Ok(())
}

/// Does something with each number, for so many at once; what came of it, and how many a second that were.
async fn timed<T, F>(clients: usize, numbers: Range<u32>, one: impl Fn(u32) -> F) -> Result<(Vec<T>, f64)>
where
    F: Future<Output = Result<T>>,
{
    let (count, began) = (numbers.end - numbers.start, Instant::now());
    let all = stream::iter(numbers.map(one)).buffer_unordered(clients).try_collect().await?;
    Ok((all, f64::from(count) / began.elapsed().as_secs_f64()))
}

/// The least, the median and the largest.
fn spread(ratios: &mut [f64]) -> Option<(f64, f64, f64)> {
    ratios.sort_by(f64::total_cmp);
    Some((*ratios.first()?, *ratios.get(ratios.len() / 2)?, *ratios.last()?))
}

/// A document like that of a purchase.
fn document(run: &str, number: u32) -> Document {
    doc! {
        "_id": format!("{run}-{number}"),
        "createdAt": 1_796_018_000_000_i64 + i64::from(number),
        "state": "PENDING",
        "customerId": format!("c1d7a3f0-54f4-8a1b-9a6e-{:012}", number % 500),
        "customer": {"name": "Ana Souza", "email": format!("c{}@{run}.example.com", number % 500), "language": "en"},
        "items": [
            {"product": "café", "quantity": 2_i64, "unitPriceCents": 1_990_i64},
            {"product": "cake", "quantity": 1_i64, "unitPriceCents": 700_i64},
        ],
        "totalCents": 4_680_i64,
        "currency": "BRL",
        "fingerprint": format!("{number:064x}"),
        "trace": format!("00-{number:032x}-{number:016x}-01"),
        "outbox": "open",
    }
}

#[cfg(test)]
#[path = "tests/taking.rs"]
mod tests;
