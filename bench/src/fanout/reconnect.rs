//! How long a client of our gateway takes to catch up with its cursor after a lost connection, while all the others receive positions.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use delivery_kafka::KafkaConfig;
use tokio::time::{sleep, timeout};

use super::client::{Client, Crowd};
use super::round::Plan;
use super::server::{Contestant, Server};
use super::tally::{Promise, Tally};
use super::workload::Workload;
use crate::summary;

/// How long the client stays disconnected.
const AWAY: Duration = Duration::from_secs(5);
/// How long it reads between two disconnections.
const THERE: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn measure(plan: &Plan, count: u32) -> Result<()> {
    let run = delivery_e2e::unique("fanout");
    let kafka = KafkaConfig {
        bootstrap_servers: plan.kafka.clone(),
        topic_prefix: format!("{run}."),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let seconds = u32::try_from((AWAY + 2 * THERE).as_secs())? * (count + 1);
    let positions = usize::try_from(seconds * plan.pace.rate)?;
    let workload = Arc::new(Workload::new(kafka.clone(), plan.pace, positions).await?);
    let directory = std::env::temp_dir().join(&run);
    let server = Server::start(Contestant::GatewayBatch, &plan.programs, &kafka, &directory).await?;
    let measured = reconnect(plan, &server, &workload, positions, count).await;
    server.stop().await?;
    fs::remove_dir_all(Path::new(&directory))?;
    workload.end().await?;
    let name = format!(
        "complete after {} s away, {} clients, {} positions a second",
        AWAY.as_secs(),
        plan.size.clients,
        plan.pace.rate
    );
    summary::print(&name, measured?, "target: within 500 ms");
    Ok(())
}

async fn reconnect(
    plan: &Plan,
    server: &Server,
    workload: &Arc<Workload>,
    positions: usize,
    count: u32,
) -> Result<Vec<i64>> {
    let protocol = Contestant::GatewayBatch.protocol();
    let tally = Tally::new(Arc::clone(&workload.due), Promise::Every, plan.pace.deliveries);
    let crowd = Crowd::gather(server.address, protocol.clone(), plan.size, tally.clone()).await?;
    let mut traveller = Traveller { client: Client::connect_ready(server.address, &protocol).await?, tally };
    let publisher = Arc::clone(workload);
    let publishing = tokio::task::spawn_blocking(move || publisher.publish(0..positions));
    let mut took = Vec::new();
    for _ in 0..count {
        let until = Instant::now() + THERE;
        while Instant::now() < until {
            traveller.read().await?;
        }
        let cursor = traveller.client.session.cursor.clone().context("the gateway sent no cursor")?;
        let Traveller { client, tally } = traveller;
        drop(client);
        sleep(AWAY).await;
        // This one has caught up when it has what the others have by now.
        let others = crowd.seen.positions.load(Relaxed) / u64::try_from(plan.size.clients)?;
        let began = Instant::now();
        let query = format!("mode=all&batch=true&cursor={cursor}");
        let client = Client::connect_ready(server.address, &super::session::Protocol::Gateway(query)).await?;
        traveller = Traveller { client, tally };
        while traveller.tally.total() < others {
            traveller.read().await?;
        }
        took.push(i64::try_from(began.elapsed().as_millis())?);
        crowd.seen.check()?;
    }
    ensure!(!publishing.is_finished(), "the publisher finished before the last reconnect");
    drop(traveller);
    publishing.await??;
    Ok(took)
}

/// A client that reconnects; across all connections it must receive every position once and in order.
struct Traveller {
    client: Client,
    tally: Tally,
}

impl Traveller {
    async fn read(&mut self) -> Result<()> {
        // First what came with the upgrade.
        if self.client.found().is_empty() {
            timeout(PATIENCE, self.client.read()).await.context("no message from the gateway")??;
        }
        for position in std::mem::take(self.client.found()) {
            self.tally.take(position)?;
        }
        Ok(())
    }
}
