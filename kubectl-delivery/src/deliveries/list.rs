//! The command `list`: the Deliveries that there are, as a table.

use std::process::ExitCode;

use delivery_api::Delivery;
use jiff::Timestamp;
use kube::Api;
use kube::api::ListParams;
use serde_json::json;

use super::overview;
use crate::base::Error;
use crate::base::colour;
use crate::base::output::{Format, write_stdout};
use crate::cluster::connection::Connection;
use crate::cluster::objects;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct List {
    /// Show the Deliveries of all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Only Deliveries with these labels, such as team=north.
    #[arg(short = 'l', long, value_name = "QUERY")]
    selector: Option<String>,
    /// Only Deliveries with these fields: status.phase, spec.courier, spec.routeRef.name, such as status.phase=Running.
    #[arg(long, value_name = "QUERY")]
    field_selector: Option<String>,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

pub(crate) async fn run(arguments: &List, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let api: Api<Delivery> =
        if arguments.all_namespaces { Api::all(cluster.client.clone()) } else { objects::deliveries(&cluster) };
    let parameters = ListParams {
        label_selector: arguments.selector.clone(),
        field_selector: arguments.field_selector.clone(),
        ..ListParams::default()
    };
    let found = api.list(&parameters).await.map_err(Error::api("Cannot list the Deliveries"))?.items;
    if arguments.output.is_document() {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": found });
        write_stdout(&arguments.output.document(&list)?)?;
    } else if found.is_empty() {
        let place =
            if arguments.all_namespaces { String::new() } else { format!(" in the namespace {}", cluster.namespace) };
        eprintln!("No deliveries found{place}.");
    } else {
        let wide = arguments.output == Format::Wide;
        write_stdout(&colour::table(overview::table(&found, arguments.all_namespaces, wide, Timestamp::now())))?;
    }
    Ok(ExitCode::SUCCESS)
}
