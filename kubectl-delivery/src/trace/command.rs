//! The command `trace`: finds the trace of a delivery, and asks Jaeger for it.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use delivery_api::Delivery;
use delivery_api::names::TRACEPARENT_ANNOTATION;
use delivery_messages::TraceParent;
use http::StatusCode;
use kube::ResourceExt;
use tokio::time::sleep;

use super::answer::Answer;
use super::view;
use super::waterfall::Waterfall;
use crate::base::output::{Format, write_stdout};
use crate::base::screen::{self, Frames};
use crate::base::{Error, Problem, colour};
use crate::cluster::connection::Connection;
use crate::cluster::jaeger::JaegerArguments;
use crate::cluster::objects;
use crate::cluster::server::Server;

/// The pause between two looks with `--watch`: the services send their spans once a second.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Trace {
    /// The name of a Delivery.
    #[arg(value_name = "DELIVERY")]
    name: String,
    /// Ask again every two seconds, and redraw the waterfall; without a terminal, or for a document, once.
    #[arg(long)]
    watch: bool,
    /// The output format; wide: with the pods.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
    #[command(flatten)]
    jaeger: JaegerArguments,
}

/// Jaeger knows nothing of a delivery.
#[derive(Debug, thiserror::Error)]
#[error(
    "Jaeger has no trace {trace_id} of the Delivery {name}. It began before traces were switched on, is not among those that are recorded \
     (tracing.samplingRatio of the chart), or is no longer kept; the spans of a delivery that has just begun take a few seconds."
)]
struct NoTrace {
    name: String,
    trace_id: String,
}

impl Problem for NoTrace {
    fn reason(&self) -> &'static str {
        "NoTrace"
    }

    fn is_answer(&self) -> bool {
        true
    }
}

pub(crate) async fn run(arguments: &Trace, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let delivery = objects::get(&cluster, &arguments.name).await?;
    let jaeger = arguments.jaeger.find(&cluster, arguments.installation_namespace.as_deref()).await?;
    let (trace_id, is_wide) = (of(&delivery).trace_id(), arguments.output == Format::Wide);
    let look = async || ask(&jaeger, &cluster.namespace, &arguments.name, &trace_id).await;
    if arguments.watch && !arguments.output.is_document() && std::io::stdout().is_terminal() {
        let mut frames = Frames::begin()?;
        loop {
            let lines = match look().await {
                Ok(waterfall) => view::frame(&waterfall, is_wide, screen::size()),
                // There is no trace yet: its first spans take a few seconds.
                Err(error) if error.exit_code() == 1 => vec![screen::cut(&error.to_string(), screen::size().width)],
                Err(error) => return Err(error),
            };
            frames.draw(&lines)?;
            sleep(PAUSE).await;
        }
    }
    let waterfall = look().await?;
    write_stdout(&if arguments.output.is_document() {
        arguments.output.document(&waterfall)?
    } else {
        colour::list(view::text(&waterfall, is_wide, screen::size().width))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What Jaeger has now of a trace.
async fn ask(jaeger: &Server, namespace: &str, name: &str, trace_id: &str) -> Result<Waterfall, Error> {
    let reply = jaeger.get(&format!("/api/traces/{trace_id}")).await?;
    let answer = match reply.status {
        StatusCode::OK => jaeger.decoded::<Answer>(reply)?,
        StatusCode::NOT_FOUND => Answer { data: None },
        _ => return Err(reply.refused().into()),
    };
    let none = || NoTrace { name: name.to_owned(), trace_id: trace_id.to_owned() };
    Waterfall::of(namespace, name, trace_id, answer).ok_or_else(|| none().into())
}

/// The trace of a delivery: the one that it came with, else the one that follows from its id, as the operator has it.
fn of(delivery: &Delivery) -> TraceParent {
    let given = delivery.annotations().get(TRACEPARENT_ANNOTATION).and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| TraceParent::derived(&delivery.uid().unwrap_or_default()))
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
