//! The command `start`: creates a Delivery, and waits for its end on request.

use std::process::ExitCode;
use std::time::Duration;

use delivery_api::status::READY;
use delivery_api::{Delivery, DeliveryRoute, DeliverySpec, RouteRef};
use futures::{StreamExt as _, pin_mut};
use jiff::{SignedDuration, Timestamp};
use kube::api::{ListParams, ObjectMeta, PostParams};
use kube::{Api, ResourceExt};
use kube_runtime::WatchStreamExt as _;
use kube_runtime::watcher::{self, Event, watcher};
use tokio::time::timeout;

use crate::base::duration;
use crate::base::output::{Format, write_stdout};
use crate::base::table::printable;
use crate::base::{Error, Problem};
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::objects::{self, End, NotFound};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Start {
    /// The name of a DeliveryRoute.
    route: String,
    /// The courier's name.
    #[arg(long)]
    courier: Option<String>,
    /// The kind of vehicle, such as motorcycle.
    #[arg(long)]
    vehicle: Option<String>,
    /// A constant speed in km/h; default: one point of the route per interval, whatever the distance.
    #[arg(long, value_name = "KMH", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    speed_kmh: Option<u32>,
    /// Milliseconds between two positions.
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(50..=60_000))]
    interval_milliseconds: u32,
    /// Wait until the delivery has finished. The exit code is 1 if it fails.
    #[arg(long)]
    wait: bool,
    /// With --wait: stop waiting after this time, such as 10m. The delivery continues.
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = duration::parse)]
    timeout: Option<SignedDuration>,
    /// What to print of the new object; default: a sentence.
    #[arg(short, long, value_enum)]
    output: Option<StartFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum StartFormat {
    /// delivery.codedelivery.dev/NAME
    Name,
    /// The object as JSON.
    Json,
    /// The object as YAML.
    Yaml,
}

/// The delivery takes longer than `--timeout`.
#[derive(Debug, thiserror::Error)]
#[error("The Delivery {0} has not finished within --timeout. It continues; see kubectl delivery watch.")]
struct NotFinished(String);

impl Problem for NotFinished {
    fn reason(&self) -> &'static str {
        "TimedOut"
    }

    fn is_answer(&self) -> bool {
        true
    }
}

impl Start {
    fn delivery(&self) -> Delivery {
        let spec = DeliverySpec {
            route_ref: Some(RouteRef { name: self.route.clone() }),
            courier: self.courier.clone(),
            vehicle: self.vehicle.clone(),
            speed_kmh: self.speed_kmh,
            interval_milliseconds: self.interval_milliseconds,
            ..DeliverySpec::default()
        };
        let metadata = ObjectMeta { generate_name: Some(format!("{}-", self.route)), ..ObjectMeta::default() };
        Delivery { metadata, spec, status: None }
    }
}

pub(crate) async fn run(arguments: &Start, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    check_route(&cluster, &arguments.route).await?;
    let api = objects::deliveries(&cluster);
    let created = api.create(&PostParams::default(), &arguments.delivery()).await;
    let created = created.map_err(Error::api("Cannot create the Delivery"))?;
    let name = created.name_any();
    match arguments.output {
        None => write_stdout(&format!("{} created\n", objects::reference(&name)))?,
        Some(StartFormat::Name) => write_stdout(&format!("{}\n", objects::reference(&name)))?,
        Some(StartFormat::Json) => write_stdout(&Format::Json.document(&created)?)?,
        Some(StartFormat::Yaml) => write_stdout(&Format::Yaml.document(&created)?)?,
    }
    if !arguments.wait {
        return Ok(ExitCode::SUCCESS);
    }
    let started = Timestamp::now();
    let limit = arguments.timeout.and_then(|limit| Duration::try_from(limit).ok()).unwrap_or(Duration::MAX);
    let api = Api::namespaced(cluster.streaming.clone(), &cluster.namespace);
    let end = timeout(limit, wait(&api, &created)).await.map_err(|_| NotFinished(name.clone()))??;
    match end {
        End::Finished => {
            // Standard output has the object already.
            eprintln!("{} finished after {}", objects::reference(&name), duration::since(started, Timestamp::now()));
            Ok(ExitCode::SUCCESS)
        }
        End::Failed(message) => {
            eprintln!("error: {} failed: {}", objects::reference(&name), printable(&message));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Reports a missing route now; the operator would only report it in the Delivery's status.
async fn check_route(cluster: &Cluster, name: &str) -> Result<(), Error> {
    let routes = objects::routes(cluster);
    let refused = || Error::api(format!("Cannot read the DeliveryRoute {name}"));
    let Some(route) = routes.get_opt(name).await.map_err(refused())? else {
        let others = routes.list(&ListParams::default().limit(20)).await.map_err(refused())?;
        let others = others.iter().map(ResourceExt::name_any).collect();
        let (name, namespace) = (name.to_owned(), cluster.namespace.clone());
        return Err(NotFound::Route { name, namespace, others }.into());
    };
    if let Some(message) = not_ready(&route) {
        eprintln!("warning: The DeliveryRoute {name} is not ready: {}", printable(message));
    }
    Ok(())
}

fn not_ready(route: &DeliveryRoute) -> Option<&str> {
    let conditions = &route.status.as_ref()?.conditions;
    let ready = conditions.iter().find(|condition| condition.type_ == READY)?;
    (ready.status == "False").then_some(ready.message.as_str())
}

/// Waits for the end of a delivery.
async fn wait(api: &Api<Delivery>, created: &Delivery) -> Result<End, Error> {
    let name = created.name_any();
    let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let events = watcher(api.clone(), only).default_backoff();
    pin_mut!(events);
    let deleted = || Err(NotFound::Deleted(name.clone()).into());
    let mut exists = true;
    // The watcher retries after errors.
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => exists = false,
            Ok(Event::Apply(delivery) | Event::InitApply(delivery)) => {
                exists = delivery.uid() == created.uid();
                if let Some(end) = objects::end(&delivery).filter(|_| exists) {
                    return Ok(end);
                }
            }
            Ok(Event::InitDone) if !exists => return deleted(),
            Ok(Event::Delete(_)) => return deleted(),
            Ok(Event::InitDone) => {}
            Err(error) => eprintln!("warning: Waiting for the API server: {error}"),
        }
    }
    deleted()
}

#[cfg(test)]
#[path = "tests/start.rs"]
mod tests;
