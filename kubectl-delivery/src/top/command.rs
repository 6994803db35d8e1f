//! The command `top`: scrapes the services every few seconds, and shows what the last two scrapes say.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use jiff::SignedDuration;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::measure::{Measures, PodScrape, measure};
use super::view;
use crate::base::duration;
use crate::base::output::{Format, write_stdout};
use crate::base::screen::{self, Frames};
use crate::base::{Error, Problem};
use crate::cluster::admin_port::{self, NoAnswer, Service, ServicePod};
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::installation::{self, Installation};
use crate::cluster::metrics::Metrics;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Top {
    /// Show the numbers once and exit, as without a terminal: two scrapes, one interval apart.
    #[arg(long)]
    once: bool,
    /// The time between two scrapes, over which rates and ages are measured.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration::parse)]
    interval: SignedDuration,
    /// The output format; json and yaml: once.
    #[arg(short, long, value_enum)]
    output: Option<TopFormat>,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TopFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// No pod answers.
#[derive(Debug, thiserror::Error)]
#[error("Nothing can be shown. {} See kubectl delivery check.", missing.join(" "))]
struct NothingScraped {
    missing: Vec<String>,
}

impl Problem for NothingScraped {
    fn reason(&self) -> &'static str {
        "NothingScraped"
    }
}

/// Runs until interrupted, or once.
pub(crate) async fn run(arguments: &Top, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let installation = installation::find(&cluster, arguments.installation_namespace.as_deref()).await?;
    // No service counts faster than this.
    let pause = Duration::try_from(arguments.interval).unwrap_or_default().max(Duration::from_millis(500));
    if arguments.output.is_some() || arguments.once || !std::io::stdout().is_terminal() {
        let measures = once(&cluster, &installation, pause).await?;
        write_stdout(&match arguments.output {
            Some(TopFormat::Json) => Format::Json.document(&measures)?,
            Some(TopFormat::Yaml) => Format::Yaml.document(&measures)?,
            None => view::text(&measures),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let started = Instant::now();
    let mut before = scrape(&cluster, &installation, started).await?;
    scraped(measure(&[], &before))?;
    let mut frames = Frames::begin()?;
    frames.draw(&view::frame(&measure(&[], &before), screen::size()))?;
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let measures = match scrape(&cluster, &installation, started).await {
            Ok(now) => {
                let measures = measure(&before, &now);
                before = now;
                measures
            }
            // The next scrape may succeed.
            Err(error) => Measures { missing: vec![error.to_string()], ..Measures::default() },
        };
        frames.draw(&view::frame(&measures, screen::size()))?;
    }
}

/// Two scrapes, and what they say.
async fn once(cluster: &Cluster, installation: &Installation, pause: Duration) -> Result<Measures, Error> {
    let started = Instant::now();
    let before = scrape(cluster, installation, started).await?;
    tokio::time::sleep(pause).await;
    let now = scrape(cluster, installation, started).await?;
    Ok(scraped(measure(&before, &now))?)
}

/// An error unless at least one pod has answered.
fn scraped(measures: Measures) -> Result<Measures, NothingScraped> {
    let Measures { deliveries, served, missing, .. } = &measures;
    if deliveries.is_none() && served.is_none() {
        return Err(NothingScraped { missing: missing.clone() });
    }
    Ok(measures)
}

/// Asks all pods at the same time.
async fn scrape(cluster: &Cluster, installation: &Installation, started: Instant) -> Result<Vec<PodScrape>, Error> {
    let services = [Service::Operator, Service::Gateway, Service::Invoices, Service::Notifications];
    let pods = admin_port::pods(cluster, &installation.namespace, &services, installation.release()).await?;
    let scrapes = pods.into_iter().map(|pod| async move {
        let metrics = metrics(cluster, &pod).await;
        PodScrape { pod, at: started.elapsed().as_secs_f64(), metrics }
    });
    Ok(join_all(scrapes).await)
}

async fn metrics(cluster: &Cluster, pod: &ServicePod) -> Result<Metrics, NoAnswer> {
    let answer = admin_port::get(cluster, pod, "/metrics").await?;
    if answer.status != StatusCode::OK {
        return Err(NoAnswer::new(format!("it answers {}", answer.status)));
    }
    Metrics::parse(&answer.text).map_err(|error| NoAnswer::new(error.to_string()))
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
