//! A client of the mode `all` that follows one delivery to its end, through any gateway and any number of connections.

use crate::gateway::Socket;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

const RETRY: Duration = Duration::from_millis(100);

/// What a client was told of one delivery.
#[derive(Debug, Default)]
pub struct Told {
    /// The `seq` of each position, as they came.
    pub seqs: Vec<u64>,
    /// How often it had to connect again.
    pub reconnects: usize,
    /// How often the gateway at the other end went on from its cursor.
    pub resumed: usize,
}

/// Follows the delivery of this name, which does not exist yet, until it has arrived; `query` tells the kind of connection. Whenever it
/// is cut off it comes back with its cursor. It has no limit of its own.
///
/// # Errors
/// When its cursor is not good, or a position has no `seq`.
pub async fn follow(query: String, name: String) -> Result<Told> {
    let mut told = Told::default();
    let mut cursor: Option<String> = None;
    let mut id = None;
    loop {
        let from = cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let Ok(mut socket) = Socket::connect(&format!("mode=all&{query}{from}")).await else {
            tokio::time::sleep(RETRY).await;
            continue;
        };
        while let Ok((event, data)) = socket.next().await {
            if let Some(next) = data["cursor"].as_str() {
                cursor = Some(next.to_owned());
            }
            match event.as_str() {
                "snapshot" => ensure!(data["reason"] == "connected", "its cursor was not good: {data}"),
                "resumed" => told.resumed += 1,
                "delivery" if data["name"] == name.as_str() => id = Some(data["deliveryId"].clone()),
                "new-position" | "new-positions" => {
                    let positions = data["positions"].as_array().cloned().unwrap_or_else(|| vec![data.clone()]);
                    for position in positions.iter().filter(|position| Some(&position["deliveryId"]) == id.as_ref()) {
                        told.seqs.push(position["seq"].as_u64().context("a position has a seq")?);
                        if position["finished"] == true {
                            return Ok(told);
                        }
                    }
                }
                _ => {}
            }
        }
        told.reconnects += 1;
    }
}
