//! From the creation of a Delivery to its first position at a WebSocket client.

use std::time::Instant;

use anyhow::Result;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::Socket;
use kube::ResourceExt;
use serde_json::json;

use crate::summary;

pub(crate) async fn measure(count: u32) -> Result<()> {
    let cluster = Cluster::connect().await?;
    let (mut socket, _) = Socket::open().await?;
    let mut sample = Vec::new();
    for number in 1..=count {
        let began = Instant::now();
        let delivery = cluster.deliver("bench", json!({"routeRef": {"name": "primeiro"}})).await?;
        let id = json!(delivery.uid());
        socket.until("new-position", |data| data["deliveryId"] == id).await?;
        let took = i64::try_from(began.elapsed().as_millis())?;
        println!("{number}/{count}: {took} ms");
        sample.push(took);
        cluster.delete(&delivery).await?;
        socket.until("cancelled", |data| data["deliveryId"] == id).await?;
    }
    summary::print("creation to first position", sample, "target: p95 under 3000 ms");
    Ok(())
}
