//! The command `version`: this program's, and the installation's.

use crate::cluster::Connection;
use crate::error::Error;
use crate::installation;
use crate::output::say;
use serde::Serialize;
use std::process::ExitCode;

/// Flags of `version`.
#[derive(Clone, Debug, clap::Args)]
pub struct Version {
    /// Only this program's version; the cluster is not asked.
    #[arg(long)]
    client: bool,
    /// The form of the output.
    #[arg(short, long, value_enum)]
    output: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// JSON.
    Json,
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

/// Runs the command. A cluster that cannot be asked does not keep it from telling its own version.
///
/// # Errors
/// When the cluster cannot be asked.
pub async fn run(arguments: &Version, connection: &Connection) -> Result<ExitCode, Error> {
    let found = if arguments.client { None } else { Some(installed(connection).await) };
    let (installation, error) = match found {
        Some(Ok(installed)) => (Some(installed), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let versions = Versions { client_version: env!("CARGO_PKG_VERSION"), installation };
    say(&match arguments.output {
        Some(Form::Json) => serde_json::to_string_pretty(&versions)? + "\n",
        None => {
            let client = format!("Client version: {}\n", versions.client_version);
            versions.installation.iter().fold(client, |text, Installed { namespace, operator_image }| {
                text + &format!("Operator: {operator_image} (namespace {namespace})\n")
            })
        }
    })?;
    error.map_or(Ok(ExitCode::SUCCESS), Err)
}

async fn installed(connection: &Connection) -> Result<Installed, Error> {
    let cluster = connection.cluster().await?;
    let found = installation::find(&cluster, None).await?;
    let image = found.image(&cluster).await?;
    Ok(Installed { namespace: found.namespace, operator_image: image.name })
}
