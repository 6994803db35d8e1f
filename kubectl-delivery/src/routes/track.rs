//! The line that a file contains, and what may be wrong with it.

use std::sync::Arc;

use delivery_api::names::MAX_ROUTE_NAME;
use delivery_motion::PathError;
use delivery_motion::path::MAX_POINTS;

use crate::base::Problem;

/// The characters of the longest title; a test compares it with the CRD.
pub(crate) const MAX_TITLE: usize = 100;

/// A point of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// `[lng, lat]` in degrees.
    pub(crate) position: [f64; 2],
    /// The line of the file, from 1, if it is known.
    pub(crate) line: Option<usize>,
}

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Track {
    pub(crate) title: Option<String>,
    pub(crate) points: Vec<Point>,
    /// What a person should know about how the line was read: whole sentences.
    pub(crate) remarks: Vec<String>,
}

/// A file's name for its line; an empty one counts as none.
pub(crate) fn title_of(text: &str) -> Option<String> {
    Some(text.trim()).filter(|title| !title.is_empty()).map(str::to_owned)
}

/// A file that does not contain a route.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RouteFileError {
    #[error(
        "The file is in {encoding}, which cannot be read here. Convert it first, for example: iconv -f {encoding} -t UTF-8 FILE | \
         kubectl delivery route import - --name NAME."
    )]
    Encoding { encoding: String },
    #[error("The file is neither in UTF-8 nor does it say in which other encoding it is. Save it as UTF-8.")]
    UnknownEncoding,
    #[error("The file says that it is in {0}, but it is not. Save it as UTF-8.")]
    InvalidText(&'static str),
    #[error(
        "The line has {0} points; a route has at most {MAX_POINTS}. Leave out those that make no difference with --simplify \
         METRES, for example --simplify 5, or split it."
    )]
    TooManyPoints(usize),
    #[error("The file contains no points.")]
    Empty,
    #[error("Line {line} is not a point: {problem}. Write points as lat,lng in degrees.")]
    InvalidLine { line: usize, problem: LineProblem },
    #[error("The file is not valid GeoJSON: {0}.")]
    InvalidGeoJson(serde_json::Error),
    #[error("The file contains no LineString, so it contains no route.")]
    NoLineString,
    #[error("The file contains {} lines{}; keep only the one that is the route.", .0.len(), named(.0))]
    SeveralLines(Vec<Option<Arc<str>>>),
    #[error("Point {index} of the line does not begin with two numbers, [lng, lat].")]
    InvalidCoordinates { index: usize },
    #[error("The file is not valid GPX: {0}.")]
    InvalidGpx(roxmltree::Error),
    #[error("The file contains no track (trk) and no route (rte) with points.")]
    NoTrack,
    #[error("The file contains {} tracks or routes{}; keep only one.", .0.len(), named(.0))]
    SeveralTracks(Vec<Option<String>>),
    #[error("The point in line {line} has no {attribute}, or one that is not a number.")]
    InvalidAttribute { line: usize, attribute: &'static str },
    #[error("{}{source}", line.map(|line| format!("Line {line}: ")).unwrap_or_default())]
    InvalidPath { line: Option<usize>, source: PathError },
    #[error(
        "{0:?} is not a valid name of a DeliveryRoute: it must have 1 to {MAX_ROUTE_NAME} lower-case letters, digits and \
         hyphens, without a hyphen at its start or end. Choose a name with --name."
    )]
    InvalidName(String),
    #[error(
        "The title has {0} characters; it must have 1 to {MAX_TITLE}. Choose another with --title, or leave --title out."
    )]
    InvalidTitle(usize),
}

/// The first names in brackets, if there are any.
fn named<Name: std::fmt::Debug>(names: &[Option<Name>]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<_> = names.iter().flatten().take(SHOWN).map(|name| format!("{name:?}")).collect();
    if shown.is_empty() {
        return String::new();
    }
    if shown.len() < names.len() {
        shown.push("…".to_owned());
    }
    format!(" ({})", shown.join(", "))
}

/// Why a line is not a point.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineProblem {
    #[error("it has no comma")]
    NoComma,
    #[error("its {coordinate} {text:?} is not a number")]
    NotANumber { coordinate: &'static str, text: String },
    #[error("its latitude {0} is outside -90 to 90; the latitude comes first")]
    Latitude(f64),
}

impl RouteFileError {
    /// A stable name for the cause.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Empty | Self::NoLineString | Self::NoTrack => "NoRoute",
            Self::SeveralLines(_) | Self::SeveralTracks(_) => "SeveralRoutes",
            Self::InvalidLine { .. } | Self::InvalidCoordinates { .. } | Self::InvalidAttribute { .. } => {
                "InvalidPoint"
            }
            Self::InvalidGeoJson(_) => "InvalidGeoJson",
            Self::InvalidGpx(_) => "InvalidGpx",
            Self::InvalidPath { .. } | Self::TooManyPoints(_) => "InvalidPath",
            Self::Encoding { .. } | Self::UnknownEncoding | Self::InvalidText(_) => "Encoding",
            Self::InvalidName(_) => "InvalidName",
            Self::InvalidTitle(_) => "InvalidTitle",
        }
    }
}

/// A route that cannot be imported, with the file that it comes from.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {source}")]
pub(crate) struct ImportError {
    pub(crate) file: String,
    pub(crate) source: RouteFileError,
}

impl Problem for ImportError {
    fn reason(&self) -> &'static str {
        self.source.reason()
    }
}
