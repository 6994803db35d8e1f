//! How long Prometheus waits for our gateway's metrics, in both of their forms, while many clients are connected and positions come.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use delivery_e2e::http::Connections;
use http::Method;

use super::client::{Crowd, Size};
use super::report;
use super::round::{self, Plan};
use super::server::{Contestant, Programs, Server};
use super::tally::{Promise, Tally};
use super::workload::{Pace, Workload};
use crate::summary;

/// The forms, each with the header `Accept` that asks for it, as Prometheus does.
const FORMS: [(&str, &str); 2] = [
    ("text", "application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.1"),
    (
        "protobuf",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,*/*;q=0.1",
    ),
];
/// The time between two scrapes.
const PAUSE: Duration = Duration::from_millis(250);
const DELIVERIES: usize = 10;

/// What to scrape, and how often.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// WebSocket clients.
    #[arg(long, default_value_t = 5_000)]
    clients: usize,
    /// Positions per second; each goes to every client.
    #[arg(long, default_value_t = 2)]
    rate: u32,
    /// Scrapes in each form.
    #[arg(long, default_value_t = 50)]
    scrapes: u32,
    /// Kafka's address.
    #[arg(long)]
    kafka: String,
    /// Path of our gateway's executable.
    #[arg(long)]
    gateway: PathBuf,
}

pub(crate) async fn measure(setup: Setup) -> Result<()> {
    ensure!(
        setup.clients > 0 && setup.rate > 0 && setup.scrapes > 0,
        "--clients, --rate and --scrapes must be at least 1"
    );
    let plan = Plan {
        programs: Programs { gateway: setup.gateway, peers: PathBuf::new() },
        kafka: setup.kafka,
        pace: Pace { deliveries: DELIVERIES, rate: setup.rate, together: 1 },
        size: Size { clients: setup.clients, stalled: 0 },
        warm_up: 0,
        // As long as the scrapes take at least; publishing goes on for a little longer.
        seconds: u32::try_from((PAUSE * 2 * setup.scrapes).as_secs())? + 2,
    };
    let run = delivery_e2e::unique("scrape");
    let kafka = round::kafka(&plan, &run);
    let positions = usize::try_from(plan.seconds * plan.pace.rate)?;
    let workload = Arc::new(Workload::new(kafka.clone(), plan.pace, positions).await?);
    let directory = std::env::temp_dir().join(&run);
    let server = Server::start(Contestant::Gateway, &plan.programs, &kafka, &directory).await?;
    let measured = scrape(&plan, &server, &workload, positions, setup.scrapes).await;
    server.stop().await?;
    fs::remove_dir_all(&directory)?;
    workload.end().await?;
    println!("load average {}", report::load()?);
    for ((form, _), Scrapes { took, bytes }) in FORMS.iter().zip(measured?) {
        let name = format!(
            "a scrape as {form}, {bytes} bytes, with {} clients and {} positions a second",
            plan.size.clients, plan.pace.rate
        );
        summary::print(&name, took, "target: below 50 ms");
    }
    Ok(())
}

/// The scrapes in one form.
#[derive(Debug, Default)]
struct Scrapes {
    /// Milliseconds, rounded up.
    took: Vec<i64>,
    /// The size of the largest answer.
    bytes: usize,
}

async fn scrape(
    plan: &Plan,
    server: &Server,
    workload: &Arc<Workload>,
    positions: usize,
    count: u32,
) -> Result<[Scrapes; FORMS.len()]> {
    let tally = Tally::new(Arc::clone(&workload.due), Promise::Every, plan.pace.deliveries);
    let crowd = Crowd::gather(server.address, Contestant::Gateway.protocol(), plan.size, tally).await?;
    let publisher = Arc::clone(workload);
    let publishing = tokio::task::spawn_blocking(move || publisher.publish(0..positions));
    let connections = Connections::default();
    let url = format!("http://{}/metrics", server.admin);
    let mut all: [Scrapes; FORMS.len()] = Default::default();
    for _ in 0..count {
        for ((form, accept), scrapes) in FORMS.iter().zip(&mut all) {
            let began = Instant::now();
            let headers = [("accept", *accept)];
            let (status, body) = connections.send(Method::GET, &url, &headers, Vec::<u8>::new().into()).await?;
            let took = began.elapsed();
            ensure!(status.is_success(), "the scrape as {form} is answered with {status}");
            scrapes.took.push(i64::try_from(took.as_micros().div_ceil(1_000))?);
            scrapes.bytes = scrapes.bytes.max(body.len());
            tokio::time::sleep(PAUSE).await;
        }
        crowd.seen.check()?;
    }
    drop(crowd);
    publishing.await??;
    Ok(all)
}
