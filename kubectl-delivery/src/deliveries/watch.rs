//! The command `watch`: events of the API server in, frames or lines out.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use delivery_api::Delivery;
use futures::{StreamExt as _, pin_mut};
use jiff::Timestamp;
use kube::Api;
use kube_runtime::WatchStreamExt as _;
use kube_runtime::watcher::{self, Event, watcher};
use tokio::time::{MissedTickBehavior, interval};

use super::view;
use super::watched::{Row, WatchedDeliveries};
use crate::base::colour;
use crate::base::output::{Format, write_stdout};
use crate::base::screen::{self, Frames};
use crate::base::{Error, Problem};
use crate::cluster::connection::Connection;
use crate::cluster::objects::NotFound;

/// How often the screen is drawn at most.
const FRAME_INTERVAL: Duration = Duration::from_millis(200);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Watch {
    /// Names of Deliveries; default: all in the namespace.
    #[arg(value_name = "DELIVERY")]
    names: Vec<String>,
    /// Show the Deliveries of all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Exit when all of them have finished or failed. The exit code is 1 if one failed, or was deleted before its end.
    #[arg(long)]
    until_finished: bool,
    /// The output format; json: a line per change, yaml: a document per change.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// Where changes are printed.
enum Screen {
    Frames(Frames),
    Lines,
    Documents(Format),
}

/// Runs until interrupted, or with `--until-finished` until all have ended.
pub(crate) async fn run(arguments: &Watch, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let api: Api<Delivery> = if arguments.all_namespaces {
        Api::all(cluster.streaming.clone())
    } else {
        Api::namespaced(cluster.streaming.clone(), &cluster.namespace)
    };
    let mut screen = match arguments.output {
        format if format.is_document() => Screen::Documents(format),
        _ if std::io::stdout().is_terminal() => Screen::Frames(Frames::begin()?),
        _ => Screen::Lines,
    };
    let mut watched = WatchedDeliveries::new(arguments.names.iter().cloned(), arguments.all_namespaces);
    let events = watcher(api, watcher::Config::default()).default_backoff();
    pin_mut!(events);
    let mut frames = interval(FRAME_INTERVAL);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut first = true;
    loop {
        tokio::select! {
            _ = frames.tick() => screen.draw(&watched)?,
            event = events.next() => match event {
                Some(Err(error)) if first => return Err(cannot_watch(error)),
                Some(Err(error)) => screen.warn(&error.to_string()),
                Some(Ok(event)) => {
                    screen.event(&mut watched, &event)?;
                    if first && matches!(event, Event::InitDone) {
                        first = false;
                        check(&watched, arguments)?;
                    }
                }
                None => return Ok(ExitCode::SUCCESS),
            }
        }
        if arguments.until_finished && watched.have_ended() {
            screen.draw(&watched)?;
            return Ok(if watched.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
    }
}

/// Checks the first list.
fn check(watched: &WatchedDeliveries, arguments: &Watch) -> Result<(), Error> {
    if let Some(name) = watched.missing().first() {
        return Err(NotFound::WatchedDelivery((*name).to_owned()).into());
    }
    if arguments.until_finished && watched.rows().is_empty() {
        eprintln!("No deliveries found.");
    }
    Ok(())
}

/// The watch failed before its first list was complete.
#[derive(Debug, thiserror::Error)]
#[error("Cannot watch the Deliveries: {0}.")]
struct WatchFailed(watcher::Error);

impl Problem for WatchFailed {
    fn reason(&self) -> &'static str {
        "WatchFailed"
    }
}

fn cannot_watch(error: watcher::Error) -> Error {
    match error {
        watcher::Error::InitialListFailed(source) | watcher::Error::WatchStartFailed(source) => {
            Error::api("Cannot watch the Deliveries")(source)
        }
        other => WatchFailed(other).into(),
    }
}

impl Screen {
    fn event(&self, watched: &mut WatchedDeliveries, event: &Event<Delivery>) -> Result<(), Error> {
        match event {
            Event::Init => watched.begin_list(),
            Event::InitDone => watched.end_list(),
            Event::Apply(delivery) | Event::InitApply(delivery) => {
                if let Some(row) = watched.apply(delivery) {
                    self.print(row, false)?;
                }
            }
            Event::Delete(delivery) => {
                if let Some(row) = watched.remove(delivery) {
                    self.print(&row, true)?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, row: &Row, deleted: bool) -> Result<(), Error> {
        let now = Timestamp::now();
        match self {
            Self::Frames(_) => Ok(()),
            Self::Lines if deleted => write_stdout(&format!("{now:.0} {} was deleted\n", row.name)),
            Self::Lines => write_stdout(&format!("{now:.0} {}\n", view::line(row, now))),
            Self::Documents(format) => write_stdout(&format.next_document(&view::json(row, deleted))?),
        }
    }

    fn draw(&mut self, watched: &WatchedDeliveries) -> Result<(), Error> {
        match self {
            Self::Frames(frames) => {
                frames.draw(&colour::lines(view::frame(&watched.rows(), Timestamp::now(), screen::size())))
            }
            Self::Lines | Self::Documents(_) => Ok(()),
        }
    }

    fn warn(&self, message: &str) {
        // It would tear the frame, which simply does not change until the API server is back.
        if !matches!(self, Self::Frames(_)) {
            eprintln!("warning: Waiting for the API server: {message}");
        }
    }
}
