//! The command `route import`: its flags, and what it does with the route.

use super::manifest;
use crate::cluster::Connection;
use crate::deliveries;
use crate::error::Error;
use crate::output::{counted, say};
use kube::api::{Patch, PatchParams};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// More points than this are too large for the annotation of a client-side `kubectl apply`.
const CLIENT_SIDE_POINTS: usize = 5_000;

/// Commands about routes.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Route {
    /// Make a DeliveryRoute of a GeoJSON line, a GPX track or lines of lat,lng
    #[command(long_about = LONG, after_help = EXAMPLES)]
    Import(Import),
}

const LONG: &str = "\
Make a DeliveryRoute of a file: a GeoJSON LineString (by itself, in a Feature or in a FeatureCollection; longitude first), a
GPX track or route, or lines of lat,lng (latitude first). Prints a manifest, or applies it with --apply.

A route has 2 to 10,000 points, no two neighbours more than 50 km apart; coordinates are rounded to seven decimals (11 mm).";

const EXAMPLES: &str = "\
Examples:
  # Look at the manifest first
  kubectl delivery route import lake.gpx > lake.yaml && kubectl apply --server-side -f lake.yaml

  # Make the route at once, with a name and a title of its own
  kubectl delivery route import 1.txt --name primeiro --title Primeiro --id 1 --apply

  # From a pipe
  curl -s https://example.com/line.geojson | kubectl delivery route import - --name line";

/// Flags of `route import`.
#[derive(Clone, Debug, clap::Args)]
pub struct Import {
    /// The file; - is the standard input.
    file: PathBuf,
    /// The name of the DeliveryRoute; default: after the file.
    #[arg(long)]
    name: Option<String>,
    /// What people call it; default: its name in the file.
    #[arg(long)]
    title: Option<String>,
    /// What messages call routeId; default: the object's name.
    #[arg(long)]
    id: Option<String>,
    /// Create or change the object in the cluster instead of printing it.
    #[arg(long)]
    apply: bool,
}

/// Runs the command.
///
/// # Errors
/// When the file or the route in it cannot be used, or the API server refuses.
pub async fn run(Route::Import(arguments): &Route, connection: &Connection) -> Result<ExitCode, Error> {
    let text = text(&arguments.file)?;
    let place = arguments.file.display();
    let named = |error| match error {
        Error::Invalid(message) => Error::Invalid(format!("{place}: {message}")),
        other => other,
    };
    let track = super::read(&text).map_err(named)?;
    let stem = arguments.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = arguments.name.clone().unwrap_or_else(|| manifest::name_of(&stem));
    let (title, id) = (arguments.title.clone(), arguments.id.clone());
    let (route, length) = manifest::route(&name, title, id, &track).map_err(named)?;
    let points = route.spec.path.len();
    let size = format!("{}, {:.2} km", counted(points as u64, "point", "points"), length / 1_000.0);
    if arguments.apply {
        let cluster = connection.cluster().await?;
        let routes = deliveries::routes(&cluster);
        let ours = PatchParams::apply(crate::log::PURPOSE).force();
        let applied = routes.patch(&name, &ours, &Patch::Apply(&route)).await;
        applied.map_err(Error::api(format!("The DeliveryRoute {name} cannot be applied")))?;
        say(&format!("deliveryroute.codedelivery.dev/{name} applied ({size})\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = manifest::yaml(&route, connection.namespace.as_deref());
    say(&text.map_err(|error| Error::Invalid(format!("The manifest cannot be written: {error}.")))?)?;
    eprintln!("{name}: {size}");
    if points > CLIENT_SIDE_POINTS {
        eprintln!("So many points need kubectl apply --server-side, or --apply here.");
    }
    Ok(ExitCode::SUCCESS)
}

fn text(file: &Path) -> Result<String, Error> {
    let failed = |source| Error::File { path: file.to_owned(), source };
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).map_err(failed)
}
