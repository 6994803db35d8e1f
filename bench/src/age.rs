//! The age of positions at a WebSocket client, from when each was due; both clocks are this machine's.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::Socket;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::summary;

/// How long all deliveries may take to start moving.
const START: Duration = Duration::from_mins(5);

pub(crate) async fn measure(count: u32, seconds: u64) -> Result<()> {
    let cluster = Cluster::connect().await?;
    let (mut socket, _) = Socket::open().await?;
    let mut deliveries = Vec::new();
    for _ in 0..count {
        // Slow and long: it is still moving when the last one has started.
        let spec = json!({"routeRef": {"name": "terceiro"}, "speedKmh": 6, "courier": "bench"});
        deliveries.push(cluster.deliver("age", spec).await?);
    }
    let measured = sample(&mut socket, &deliveries, Duration::from_secs(seconds)).await;
    for delivery in &deliveries {
        cluster.delete(delivery).await?;
    }
    summary::print(&format!("age at {count} deliveries"), measured?, "target: p99 under 100 ms");
    Ok(())
}

async fn sample(socket: &mut Socket, of: &[delivery_api::Delivery], time: Duration) -> Result<Vec<i64>> {
    let ids: HashSet<Value> = of.iter().map(|delivery| json!(delivery.uid())).collect();
    let (mut moving, began) = (HashSet::new(), Instant::now());
    while moving.len() < ids.len() {
        ensure!(
            began.elapsed() < START,
            "only {} of {} deliveries are moving after {START:?}",
            moving.len(),
            ids.len()
        );
        let position = socket.until("new-position", |data| ids.contains(&data["deliveryId"])).await?;
        moving.insert(position["deliveryId"].clone());
    }
    println!("all {} are moving after {:.1} s", ids.len(), began.elapsed().as_secs_f64());
    let (mut ages, began) = (Vec::new(), Instant::now());
    while began.elapsed() < time {
        let position = socket.until("new-position", |data| ids.contains(&data["deliveryId"])).await?;
        let now = jiff::Timestamp::now().as_millisecond();
        ages.push(now - position["at"].as_i64().unwrap_or(now));
    }
    Ok(ages)
}
