//! Counts the sales of each product from the topic `compra`: a consumer, to be copied. It pulls, in a group of its own. It keeps its
//! counts, with the purchases' ids, before it commits its offsets: killed at any instant, it reads some again, and counts none twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{ClientConfig, error::KafkaError, message::Message as _};
use serde::{Deserialize, Serialize};

/// What is needed of a purchase. Other fields are ignored, so that new ones disturb nobody.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Purchase {
    purchase_id: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    product: String,
    quantity: i64,
    unit_price_cents: i64,
}

/// The purchases that were counted, and of each product how many were sold, for how many cents.
#[derive(Default, Serialize, Deserialize)]
struct Sales {
    seen: BTreeSet<String>,
    products: BTreeMap<String, (i64, i64)>,
}

fn count(sales: &mut Sales, value: &[u8]) -> serde_json::Result<()> {
    let purchase: Purchase = serde_json::from_slice(value)?;
    let is_new = sales.seen.insert(purchase.purchase_id);
    for item in purchase.items.into_iter().filter(|_| is_new) {
        let (quantity, cents) = sales.products.entry(item.product).or_default();
        *quantity = quantity.saturating_add(item.quantity);
        *cents = cents.saturating_add(item.quantity.saturating_mul(item.unit_price_cents));
    }
    Ok(())
}

fn table(sales: &Sales) -> String {
    let rows = sales.products.iter().map(|(product, (quantity, cents))| {
        format!("{quantity:>10} {:>13}.{:02}  {}\n", cents / 100, cents % 100, product.replace(char::is_control, "�"))
    });
    format!("  QUANTITY            TOTAL  PRODUCT\n{}", rows.collect::<String>())
}

fn main() -> Result<()> {
    let setting = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let (file, once) = (setting("FILE", "sales.json"), std::env::args().any(|argument| argument == "--once"));
    let kept = std::fs::read(&file).unwrap_or_else(|_| b"{\"seen\":[],\"products\":{}}".to_vec());
    let mut sales: Sales = serde_json::from_slice(&kept).with_context(|| format!("{file} holds no counts"))?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", setting("KAFKA", "127.0.0.1:30092"))
        .set("group.id", setting("GROUP", "sales-rust"))
        .set("auto.offset.reset", "earliest") // A new group begins with the oldest record that there is,
        .set("enable.auto.commit", "false") // commits when it says so,
        .set("enable.partition.eof", "true") // is told when it has caught up,
        .set("topic.metadata.refresh.interval.ms", "10000") // and soon finds a topic that is yet to be created.
        .create()?;
    serve::start(std::env::var("LISTEN").ok(), &file)?;
    consumer.subscribe(&[&setting("TOPIC", "compra")])?;
    println!("{}", table(&sales));
    let (mut ended, mut uncommitted, mut caught_up, mut written) = (BTreeSet::new(), 0, false, Instant::now());
    while !(once && caught_up) {
        match consumer.poll(Duration::from_secs(1)) {
            Some(Ok(record)) => {
                if let Err(error) = count(&mut sales, record.payload().unwrap_or_default()) {
                    eprintln!("Left out {}/{}: {error}", record.partition(), record.offset());
                }
                ended.remove(&record.partition());
                uncommitted += 1;
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => _ = ended.insert(partition),
            Some(Err(error)) => eprintln!("{error}; the client tries again"),
            None => {}
        }
        let ours = consumer.assignment()?;
        caught_up = ours.count() > 0 && ours.elements().iter().all(|one| ended.contains(&one.partition()));
        if uncommitted > 0 && (once && caught_up || written.elapsed() > Duration::from_secs(1)) {
            std::fs::write(format!("{file}.new"), serde_json::to_vec(&sales)?)?;
            std::fs::rename(format!("{file}.new"), &file)?; // The effect first,
            let committed = consumer.commit_consumer_state(CommitMode::Sync); // then the offsets.
            committed.unwrap_or_else(|error| eprintln!("{error}; the next ones are committed with these"));
            (uncommitted, written) = (0, Instant::now());
            println!("{}", table(&sales));
        }
    }
    Ok(())
}

mod serve;
#[cfg(test)]
mod tests;
