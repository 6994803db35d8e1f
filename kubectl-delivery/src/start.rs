//! The command `start`: a new Delivery on a route.

use crate::cluster::{Cluster, Connection};
use crate::deliveries::{self, End};
use crate::error::Error;
use crate::output::{self, say};
use delivery_api::status::READY;
use delivery_api::{Delivery, DeliveryRoute, DeliverySpec, RouteRef};
use futures::{StreamExt as _, pin_mut};
use jiff::{SignedDuration, Timestamp};
use kube::api::{ListParams, ObjectMeta, PostParams};
use kube::{Api, ResourceExt};
use kube_runtime::WatchStreamExt as _;
use kube_runtime::watcher::{self, Event, watcher};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::timeout;

/// Flags of `start`.
#[derive(Clone, Debug, clap::Args)]
pub struct Start {
    /// The name of a DeliveryRoute.
    route: String,
    /// The courier's name.
    #[arg(long)]
    courier: Option<String>,
    /// The kind of vehicle, such as motorcycle.
    #[arg(long)]
    vehicle: Option<String>,
    /// A constant speed in km/h; default: the next point of the route after each interval, however far it is.
    #[arg(long, value_name = "KMH", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    speed_kmh: Option<u32>,
    /// Milliseconds from one position to the next.
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(50..=60_000))]
    interval_milliseconds: u32,
    /// Wait until it has finished. The exit code is 1 if it fails.
    #[arg(long)]
    wait: bool,
    /// With --wait: give up waiting (not the delivery) after so long, such as 10m.
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = output::duration)]
    timeout: Option<SignedDuration>,
    /// What is printed of the new object; default: a sentence.
    #[arg(short, long, value_enum)]
    output: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// delivery.codedelivery.dev/NAME
    Name,
    /// The object.
    Json,
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

/// Runs the command.
///
/// # Errors
/// When there is no such route, or the API server refuses.
pub async fn run(arguments: &Start, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    check_route(&cluster, &arguments.route).await?;
    let api = deliveries::api(&cluster);
    let created = api.create(&PostParams::default(), &arguments.delivery()).await;
    let created = created.map_err(Error::api("The Delivery cannot be created"))?;
    let name = created.name_any();
    match arguments.output {
        None => say(&format!("{} created\n", deliveries::reference(&name)))?,
        Some(Form::Name) => say(&format!("{}\n", deliveries::reference(&name)))?,
        Some(Form::Json) => say(&(serde_json::to_string_pretty(&created)? + "\n"))?,
    }
    if !arguments.wait {
        return Ok(ExitCode::SUCCESS);
    }
    let began = Timestamp::now();
    let limit = arguments.timeout.and_then(|limit| Duration::try_from(limit).ok()).unwrap_or(Duration::MAX);
    let patient = Api::namespaced(cluster.patient.clone(), &cluster.namespace);
    let end = timeout(limit, wait(&patient, &created)).await.map_err(|_| {
        Error::TimedOut(format!(
            "The Delivery {name} has not finished in that time; it goes on: see kubectl delivery watch."
        ))
    })??;
    match end {
        End::Finished => {
            // What was asked for on the standard output is there already.
            eprintln!("{} finished after {}", deliveries::reference(&name), output::since(began, Timestamp::now()));
            Ok(ExitCode::SUCCESS)
        }
        End::Failed(message) => {
            eprintln!("error: {} failed: {}", deliveries::reference(&name), output::printable(&message));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Says at once what the operator would say only in a status that nobody looks at: there is no such route.
async fn check_route(cluster: &Cluster, name: &str) -> Result<(), Error> {
    let routes = deliveries::routes(cluster);
    let refused = || Error::api(format!("The DeliveryRoute {name} cannot be read"));
    let Some(route) = routes.get_opt(name).await.map_err(refused())? else {
        let others = routes.list(&ListParams::default().limit(20)).await.map_err(refused())?;
        return Err(no_route(name, &cluster.namespace, &others.items));
    };
    if let Some(message) = not_ready(&route) {
        eprintln!("warning: The DeliveryRoute {name} is not ready: {}", output::printable(message));
    }
    Ok(())
}

fn no_route(name: &str, namespace: &str, others: &[DeliveryRoute]) -> Error {
    let others: Vec<_> = others.iter().map(ResourceExt::name_any).collect();
    let there = if others.is_empty() {
        "there is none; make one with kubectl delivery route import".to_owned()
    } else {
        format!("there are: {}", others.join(", "))
    };
    Error::NotFound(format!("There is no DeliveryRoute {name} in the namespace {namespace}; {there}."))
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
    let gone = || Error::NotFound(format!("The Delivery {name} was deleted before it finished."));
    let mut here = true;
    // What the watch cannot do just now, it tries again.
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => here = false,
            Ok(Event::Apply(delivery) | Event::InitApply(delivery)) => {
                here = delivery.uid() == created.uid();
                if let Some(end) = deliveries::end(&delivery).filter(|_| here) {
                    return Ok(end);
                }
            }
            Ok(Event::InitDone) if !here => return Err(gone()),
            Ok(Event::Delete(_)) => return Err(gone()),
            Ok(Event::InitDone) => {}
            Err(error) => eprintln!("warning: Waiting for the API server: {error}"),
        }
    }
    Err(gone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        start: Start,
    }

    #[test]
    fn the_flags_become_a_delivery_named_after_its_route() {
        let line = Line::parse_from(["start", "primeiro", "--courier", "moto-7", "--speed-kmh=40"]);
        let delivery = line.start.delivery();
        assert_eq!(delivery.metadata.generate_name.as_deref(), Some("primeiro-"));
        assert_eq!(delivery.spec.route_ref.unwrap().name, "primeiro");
        assert_eq!((delivery.spec.speed_kmh, delivery.spec.interval_milliseconds), (Some(40), 500));
        assert!(Line::try_parse_from(["start", "primeiro", "--speed-kmh=0"]).is_err());
        assert!(Line::try_parse_from(["start", "primeiro", "--timeout=5s"]).is_err(), "only with --wait");
    }

    #[test]
    fn an_unknown_route_is_answered_with_the_ones_that_there_are() {
        let route = |name: &str| DeliveryRoute::new(name, delivery_api::DeliveryRouteSpec::default());
        let message = no_route("primero", "shop", &[route("primeiro"), route("segundo")]).to_string();
        assert_eq!(message, "There is no DeliveryRoute primero in the namespace shop; there are: primeiro, segundo.");
        assert!(no_route("x", "shop", &[]).to_string().contains("kubectl delivery route import"));
    }
}
