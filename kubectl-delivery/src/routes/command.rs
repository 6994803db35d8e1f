//! The command `route import`: prints the manifest, or applies it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kube::api::{Patch, PatchParams};

use super::simplify::simplify;
use super::track::{ImportError, MAX_TITLE};
use super::{encoding, manifest, read};
use crate::base::output::{counted, write_stdout};
use crate::base::{Error, Problem};
use crate::cluster::connection::Connection;
use crate::cluster::objects;

/// The owner of the fields that `--apply` sets.
const FIELD_MANAGER: &str = "kubectl-delivery";
/// More points exceed the annotation of a client-side `kubectl apply`.
const CLIENT_SIDE_POINTS: usize = 5_000;

#[derive(Clone, Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Route {
    /// Create a DeliveryRoute from a GeoJSON line, a GPX track or lines of lat,lng
    #[command(long_about = LONG, after_help = EXAMPLES)]
    Import(Import),
}

const LONG: &str = "\
Create a DeliveryRoute from a file: a GeoJSON LineString (by itself, in a Feature or in a FeatureCollection; longitude first),
a GPX track or route, or lines of lat,lng (latitude first). Prints the manifest, or applies it with --apply.

A route has 2 to 10,000 points, each at most 50 km from the next; --simplify leaves out points of a longer one. Coordinates are
rounded to seven decimals (11 mm). The file may be in UTF-8, in UTF-16, or, as XML, in the encoding that it declares. Tracks without
points are left out; holes in a recording, and points that are far apart, are named.";

const EXAMPLES: &str = "\
Examples:
  # Look at the manifest first
  kubectl delivery route import lake.gpx > lake.yaml && kubectl apply --server-side -f lake.yaml

  # Create the route directly, with its own name and title
  kubectl delivery route import 1.txt --name primeiro --title Primeiro --id 1 --apply

  # A recording with a point per second, without the points within 5 m of the line
  kubectl delivery route import morning.gpx --simplify 5 --apply

  # From a pipe
  curl -s https://example.com/line.geojson | kubectl delivery route import - --name line";

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Import {
    /// The file; - is standard input.
    file: PathBuf,
    /// The name of the DeliveryRoute; default: derived from the file's name.
    #[arg(long)]
    name: Option<String>,
    /// A title for people; default: the name in the file.
    #[arg(long)]
    title: Option<String>,
    /// The routeId in messages; default: the object's name.
    #[arg(long)]
    id: Option<String>,
    /// Leave out points that are within this many metres of the line through the others.
    #[arg(long, value_name = "METRES", value_parser = meters)]
    simplify: Option<f64>,
    /// Create or update the object in the cluster instead of printing it.
    #[arg(long)]
    apply: bool,
}

pub(crate) async fn run(Route::Import(arguments): &Route, connection: &Connection) -> Result<ExitCode, Error> {
    let bytes = bytes(&arguments.file)?;
    let invalid = |source| ImportError { file: arguments.file.display().to_string(), source };
    let mut track = encoding::decode(bytes).and_then(|text| read::read(&text)).map_err(invalid)?;
    for remark in &track.remarks {
        eprintln!("{remark}");
    }
    if let Some(meters) = arguments.simplify {
        let before = track.points.len();
        track.points = simplify(&track.points, meters);
        eprintln!(
            "{} of {before} points are left; no other is more than {meters} m from the line.",
            track.points.len()
        );
    }
    let stem = arguments.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = arguments.name.clone().unwrap_or_else(|| manifest::name_of(&stem));
    let (title, id) = (arguments.title.clone(), arguments.id.clone());
    let (route, length) = manifest::route(&name, title, id, &track).map_err(invalid)?;
    if arguments.title.is_none() && track.title.as_deref().and_then(manifest::shortened).is_some() {
        eprintln!("The title in the file is cut to {MAX_TITLE} characters; choose another with --title.");
    }
    let points = route.spec.path.len();
    let size = format!("{}, {:.2} km", counted(points as u64, "point", "points"), length / 1_000.0);
    if arguments.apply {
        let cluster = connection.cluster().await?;
        let routes = objects::routes(&cluster);
        let ours = PatchParams::apply(FIELD_MANAGER).force();
        let applied = routes.patch(&name, &ours, &Patch::Apply(&route)).await;
        applied.map_err(Error::api(format!("Cannot apply the DeliveryRoute {name}")))?;
        write_stdout(&format!("deliveryroute.codedelivery.dev/{name} applied ({size})\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = manifest::yaml(&route, connection.namespace.as_deref());
    write_stdout(&text.map_err(InvalidManifest)?)?;
    eprintln!("{name}: {size}");
    if points > CLIENT_SIDE_POINTS {
        eprintln!("A route with this many points needs kubectl apply --server-side, or --apply here.");
    }
    Ok(ExitCode::SUCCESS)
}

/// A title or id that YAML cannot express.
#[derive(Debug, thiserror::Error)]
#[error("Cannot write the manifest: {0}.")]
struct InvalidManifest(serde_yaml::Error);

impl Problem for InvalidManifest {
    fn reason(&self) -> &'static str {
        "Output"
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File { path: file.to_owned(), source };
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(failed)
}

/// A distance from the command line, in metres.
fn meters(text: &str) -> Result<f64, String> {
    let meters = text.trim().trim_end_matches('m').trim_end().parse::<f64>().ok();
    meters
        .filter(|meters| meters.is_finite() && *meters > 0.0)
        .ok_or_else(|| "write a number of metres above 0, such as 5".to_owned())
}
