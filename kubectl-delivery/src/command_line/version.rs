//! The command `version`.

use std::process::ExitCode;

use serde::Serialize;

use crate::base::Error;
use crate::base::output::{Format, write_stdout};
use crate::cluster::connection::Connection;
use crate::cluster::installation;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Version {
    /// Print only this program's version, without contacting the cluster.
    #[arg(long)]
    client: bool,
    /// The output format.
    #[arg(short, long, value_enum)]
    output: Option<VersionFormat>,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum VersionFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Versions {
    client_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<Installed>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Installed {
    namespace: String,
    operator_image: String,
}

/// Prints the versions; its own also if the cluster cannot be reached.
pub(crate) async fn run(arguments: &Version, connection: &Connection) -> Result<ExitCode, Error> {
    let found = if arguments.client { None } else { Some(installed(arguments, connection).await) };
    let (installation, error) = match found {
        Some(Ok(installed)) => (Some(installed), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let versions = Versions { client_version: env!("CARGO_PKG_VERSION"), installation };
    write_stdout(&match arguments.output {
        Some(VersionFormat::Json) => Format::Json.document(&versions)?,
        Some(VersionFormat::Yaml) => Format::Yaml.document(&versions)?,
        None => {
            let client = format!("Client version: {}\n", versions.client_version);
            versions.installation.iter().fold(client, |text, Installed { namespace, operator_image }| {
                text + &format!("Operator: {operator_image} (namespace {namespace})\n")
            })
        }
    })?;
    error.map_or(Ok(ExitCode::SUCCESS), Err)
}

async fn installed(arguments: &Version, connection: &Connection) -> Result<Installed, Error> {
    let cluster = connection.cluster().await?;
    let found = installation::find(&cluster, arguments.installation_namespace.as_deref()).await?;
    let image = found.image(&cluster).await?;
    Ok(Installed { namespace: found.namespace, operator_image: image.name })
}
