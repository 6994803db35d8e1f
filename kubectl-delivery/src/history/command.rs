//! The command `history`: its flags, and what it prints.

use super::found::Page;
use super::print::{self, Columns};
use super::question::{Moment, Place, Question, moment, place};
use crate::cluster::Connection;
use crate::error::Error;
use crate::gateway::GatewayArguments;
use crate::installation;
use crate::output::{Format, say};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

/// How long a crowded gateway is asked again.
const PATIENCE: Duration = Duration::from_secs(3);

/// Flags of `history`.
#[derive(Clone, Debug, clap::Args)]
pub struct History {
    /// What passed near this place: longitude and latitude in degrees.
    #[arg(long, value_name = "LNG,LAT", value_parser = place, allow_hyphen_values = true)]
    near: Option<Place>,
    /// With --near: how near, in metres, from 1 to 10000. Default: 100.
    #[arg(long, value_name = "METRES", requires = "near")]
    radius: Option<f64>,
    /// From when on: how long ago, such as 90m or 24h, or a date such as 2026-11-22. Default: a day before --until.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Before when. Default: now.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// Only this courier's.
    #[arg(long, value_name = "NAME")]
    courier: Option<String>,
    /// Only on this route, by the id that messages call routeId.
    #[arg(long, value_name = "ID")]
    route: Option<String>,
    /// How many at most, the newest.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Deliveries of all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// The form of the output.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// The namespace of Code Delivery's operator; default: the one in use, else wherever it is found.
    #[arg(long, value_name = "NAMESPACE")]
    installation_namespace: Option<String>,
    #[command(flatten)]
    gateway: GatewayArguments,
}

/// Runs the command.
///
/// # Errors
/// When the gateway is not found, or has no answer.
pub async fn run(arguments: &History, connection: &Connection) -> Result<ExitCode, Error> {
    let namespace = if arguments.all_namespaces { None } else { connection.namespace().await };
    let gateway = if arguments.gateway.gateway.is_some() {
        arguments.gateway.typed()?
    } else {
        let cluster = connection.cluster().await?;
        let found = installation::find(&cluster, arguments.installation_namespace.as_deref()).await?;
        arguments.gateway.find(&cluster, &found.namespace).await?
    };
    let question = Question {
        near: arguments.near,
        radius: arguments.radius,
        since: arguments.since.map(Moment::millis),
        until: arguments.until.map(Moment::millis),
        courier: arguments.courier.clone(),
        route: arguments.route.clone(),
        namespace: namespace.clone(),
        limit: arguments.limit,
    };
    let answer: Value = gateway.ask(&question.path(), PATIENCE).await?;
    if arguments.output == Format::Json {
        say(&(serde_json::to_string_pretty(&answer)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let columns = Columns { namespaces: namespace.is_none(), wide: arguments.output == Format::Wide };
    let now = Timestamp::now().as_millisecond();
    let (table, count, more) = if question.near.is_some() {
        let page = read::<Page<_>>(answer)?;
        (print::near(&page, columns, now), page.deliveries.len(), page.has_more())
    } else {
        let page = read::<Page<_>>(answer)?;
        (print::past(&page, columns, now), page.deliveries.len(), page.has_more())
    };
    if count == 0 {
        let place = namespace.map_or_else(String::new, |name| format!(" of the namespace {name}"));
        eprintln!("No deliveries{place} found in that time; --since asks about earlier ones.");
        return Ok(ExitCode::SUCCESS);
    }
    say(&table)?;
    if more {
        eprintln!("There are more; --limit and --until show them.");
    }
    Ok(ExitCode::SUCCESS)
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Error> {
    serde_json::from_value(answer)
        .map_err(|error| Error::Gateway(format!("The gateway's answer is of another release: {error}.")))
}
