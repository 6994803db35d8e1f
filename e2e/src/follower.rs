//! A client in the mode `all` that follows one delivery to its end, across gateways and connections.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::gateway::Socket;

const RETRY: Duration = Duration::from_millis(100);

/// What a client received about one delivery.
#[derive(Debug, Default)]
pub struct Received {
    /// The `seq` of each position, in the order of arrival.
    pub seqs: Vec<u64>,
    /// How often it reconnected.
    pub reconnects: usize,
    /// How often the gateway resumed from its cursor.
    pub resumed: usize,
}

/// Follows the delivery of this name, which need not exist yet, until it has arrived, with connections of the kind that `query` asks for.
/// Whenever it is disconnected, it reconnects with its cursor. It has no time limit.
///
/// # Errors
/// When a gateway refuses its cursor, or a position has no `seq`.
pub async fn follow(query: String, name: String) -> Result<Received> {
    let mut received = Received::default();
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
                "snapshot" => ensure!(data["reason"] == "connected", "its cursor was refused: {data}"),
                "resumed" => received.resumed += 1,
                "delivery" if data["name"] == name.as_str() => id = Some(data["deliveryId"].clone()),
                "new-position" | "new-positions" => {
                    let positions = data["positions"].as_array().cloned().unwrap_or_else(|| vec![data.clone()]);
                    for position in positions.iter().filter(|position| Some(&position["deliveryId"]) == id.as_ref()) {
                        received.seqs.push(position["seq"].as_u64().context("a position has a seq")?);
                        if position["finished"] == true {
                            return Ok(received);
                        }
                    }
                }
                _ => {}
            }
        }
        received.reconnects += 1;
    }
}
