//! The command `trace`: finds the trace of a delivery, and asks Jaeger for it.

use std::process::ExitCode;

use delivery_api::Delivery;
use delivery_api::names::TRACEPARENT_ANNOTATION;
use delivery_messages::TraceParent;
use http::StatusCode;
use kube::ResourceExt;

use super::answer::Answer;
use super::view;
use super::waterfall::Waterfall;
use crate::base::output::{Format, write_stdout};
use crate::base::{Error, Problem, colour, screen};
use crate::cluster::connection::Connection;
use crate::cluster::jaeger::JaegerArguments;
use crate::cluster::objects;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Trace {
    /// The name of a Delivery.
    #[arg(value_name = "DELIVERY")]
    name: String,
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
    let trace_id = of(&delivery).trace_id();
    let reply = jaeger.get(&format!("/api/traces/{trace_id}")).await?;
    let answer = match reply.status {
        StatusCode::OK => jaeger.decoded::<Answer>(reply)?,
        StatusCode::NOT_FOUND => Answer { data: None },
        _ => return Err(reply.refused().into()),
    };
    let name = &arguments.name;
    let Some(waterfall) = Waterfall::of(&cluster.namespace, name, &trace_id, answer) else {
        return Err(NoTrace { name: name.clone(), trace_id }.into());
    };
    write_stdout(&if arguments.output.is_document() {
        arguments.output.document(&waterfall)?
    } else {
        colour::list(view::text(&waterfall, arguments.output == Format::Wide, screen::size().width))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The trace of a delivery: the one that it came with, else the one that follows from its id, as the operator has it.
fn of(delivery: &Delivery) -> TraceParent {
    let given = delivery.annotations().get(TRACEPARENT_ANNOTATION).and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| TraceParent::derived(&delivery.uid().unwrap_or_default()))
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
