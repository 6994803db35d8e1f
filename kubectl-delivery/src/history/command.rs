//! The command `history`.

use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::page::Page;
use super::request::{HistoryRequest, Moment, Point, moment, point};
use super::view::{self, Columns};
use crate::base::output::{Format, write_stdout};
use crate::base::{Error, Problem};
use crate::cluster::connection::Connection;
use crate::cluster::gateway::GatewayArguments;
use crate::cluster::installation;

/// How long requests are repeated if the gateway is busy.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct History {
    /// Deliveries that passed near this point: longitude and latitude in degrees.
    #[arg(long, value_name = "LNG,LAT", value_parser = point, allow_hyphen_values = true)]
    near: Option<Point>,
    /// With --near: the radius in metres, from 1 to 10000. Default: 100.
    #[arg(long, value_name = "METRES", requires = "near")]
    radius: Option<f64>,
    /// The start of the period: how long ago, such as 90m or 24h, or a date such as 2026-11-22. Default: a day before --until.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// The end of the period. Default: now.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// Only deliveries of this courier.
    #[arg(long, value_name = "NAME")]
    courier: Option<String>,
    /// Only deliveries on this route, by its routeId in messages.
    #[arg(long, value_name = "ID")]
    route: Option<String>,
    /// The maximum number of deliveries, newest first.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Show the deliveries of all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
    #[command(flatten)]
    gateway: GatewayArguments,
}

pub(crate) async fn run(arguments: &History, connection: &Connection) -> Result<ExitCode, Error> {
    let namespace = if arguments.all_namespaces { None } else { connection.namespace().await };
    let gateway = if arguments.gateway.gateway.is_some() {
        arguments.gateway.at_address()?
    } else {
        let cluster = connection.cluster().await?;
        let found = installation::find(&cluster, arguments.installation_namespace.as_deref()).await?;
        arguments.gateway.find(&cluster, &found.namespace).await?
    };
    let request = HistoryRequest {
        near: arguments.near,
        radius: arguments.radius,
        since: arguments.since.map(Moment::millis),
        until: arguments.until.map(Moment::millis),
        courier: arguments.courier.clone(),
        route: arguments.route.clone(),
        namespace: namespace.clone(),
        limit: arguments.limit,
    };
    let answer: Value = gateway.read(&request.path(), PATIENCE).await?;
    if arguments.output.is_document() {
        write_stdout(&arguments.output.document(&answer)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let columns = Columns { namespaces: namespace.is_none(), wide: arguments.output == Format::Wide };
    let now = Timestamp::now().as_millisecond();
    let (table, count, more) = if request.near.is_some() {
        let page = read::<Page<_>>(answer)?;
        (view::near(&page, columns, now), page.deliveries.len(), page.has_more())
    } else {
        let page = read::<Page<_>>(answer)?;
        (view::past(&page, columns, now), page.deliveries.len(), page.has_more())
    };
    if count == 0 {
        let place = namespace.map_or_else(String::new, |name| format!(" in the namespace {name}"));
        eprintln!("No deliveries found{place} in that period; use --since for earlier ones.");
        return Ok(ExitCode::SUCCESS);
    }
    write_stdout(&table)?;
    if more {
        eprintln!("There are more; use --limit or --until to show them.");
    }
    Ok(ExitCode::SUCCESS)
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Error> {
    Ok(serde_json::from_value(answer).map_err(UnexpectedAnswer)?)
}

/// An answer that lacks what the tables need.
#[derive(Debug, thiserror::Error)]
#[error("The gateway belongs to another release: {0}.")]
struct UnexpectedAnswer(serde_json::Error);

impl Problem for UnexpectedAnswer {
    fn reason(&self) -> &'static str {
        "OtherRelease"
    }
}
