//! The shell of `watch`: events of the API server in, frames or lines out.

use super::board::{Board, Row};
use super::view::{self, Size};
use crate::cluster::Connection;
use crate::error::Error;
use crate::output::{Format, say};
use delivery_api::Delivery;
use futures::{StreamExt as _, pin_mut};
use jiff::Timestamp;
use kube::Api;
use kube_runtime::WatchStreamExt as _;
use kube_runtime::watcher::{self, Event, watcher};
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// The times left count down once a second; news is shown as soon as this, however much of it there is.
const FRAME: Duration = Duration::from_millis(200);

/// Flags of `watch`.
#[derive(Clone, Debug, clap::Args)]
pub struct Watch {
    /// Names of Deliveries; default: all of the namespace.
    #[arg(value_name = "DELIVERY")]
    names: Vec<String>,
    /// Deliveries of all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// End when all of them have finished or failed. The exit code is 1 if one failed, or was deleted before its end.
    #[arg(long)]
    until_finished: bool,
    /// The form of the output; json: one object a line, for each change.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// How changes are shown.
enum Screen {
    Frames(Frames),
    Lines,
    Json,
}

/// Runs the command until it is interrupted, or all is over.
///
/// # Errors
/// When the cluster cannot be used, or a delivery that was named is not there.
pub async fn run(arguments: &Watch, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let api: Api<Delivery> = if arguments.all_namespaces {
        Api::all(cluster.patient.clone())
    } else {
        Api::namespaced(cluster.patient.clone(), &cluster.namespace)
    };
    let mut screen = match arguments.output {
        Format::Json => Screen::Json,
        _ if std::io::stdout().is_terminal() => Screen::Frames(Frames::begin()?),
        _ => Screen::Lines,
    };
    let mut board = Board::new(arguments.names.iter().cloned(), arguments.all_namespaces);
    let events = watcher(api, watcher::Config::default()).default_backoff();
    pin_mut!(events);
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut first = true;
    loop {
        tokio::select! {
            _ = frames.tick() => screen.draw(&board)?,
            event = events.next() => match event {
                Some(Err(error)) if first => return Err(refused(error)),
                Some(Err(error)) => screen.warn(&error.to_string()),
                Some(Ok(event)) => {
                    screen.event(&mut board, &event)?;
                    if first && matches!(event, Event::InitDone) {
                        first = false;
                        check(&board, arguments)?;
                    }
                }
                None => return Ok(ExitCode::SUCCESS),
            }
        }
        if arguments.until_finished && board.is_over() {
            screen.draw(&board)?;
            return Ok(if board.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
    }
}

/// Says what the first list does not tell.
fn check(board: &Board, arguments: &Watch) -> Result<(), Error> {
    if let Some(name) = board.missing().first() {
        return Err(Error::NotFound(format!("There is no Delivery {name}; see kubectl get deliveries -A.")));
    }
    if arguments.until_finished && board.rows().is_empty() {
        eprintln!("No deliveries found.");
    }
    Ok(())
}

fn refused(error: watcher::Error) -> Error {
    let what = "The Deliveries cannot be watched";
    match error {
        watcher::Error::InitialListFailed(source) | watcher::Error::WatchStartFailed(source) => {
            Error::api(what)(source)
        }
        other => Error::NotFound(format!("{what}: {other}.")),
    }
}

impl Screen {
    fn event(&self, board: &mut Board, event: &Event<Delivery>) -> Result<(), Error> {
        match event {
            Event::Init => board.begin_list(),
            Event::InitDone => board.end_list(),
            Event::Apply(delivery) | Event::InitApply(delivery) => {
                if let Some(row) = board.take(delivery) {
                    self.tell(row, false)?;
                }
            }
            Event::Delete(delivery) => {
                if let Some(row) = board.remove(delivery) {
                    self.tell(&row, true)?;
                }
            }
        }
        Ok(())
    }

    fn tell(&self, row: &Row, deleted: bool) -> Result<(), Error> {
        let now = Timestamp::now();
        match self {
            Self::Frames(_) => Ok(()),
            Self::Lines if deleted => say(&format!("{now:.0} {} was deleted\n", row.name)),
            Self::Lines => say(&format!("{now:.0} {}\n", view::line(row, now))),
            Self::Json => say(&format!("{}\n", view::json(row, deleted))),
        }
    }

    fn draw(&mut self, board: &Board) -> Result<(), Error> {
        match self {
            Self::Frames(frames) => frames.draw(&view::frame(&board.rows(), Timestamp::now(), size())),
            Self::Lines | Self::Json => Ok(()),
        }
    }

    fn warn(&self, message: &str) {
        // A frame would be torn; it simply stands still until the API server is back.
        if !matches!(self, Self::Frames(_)) {
            eprintln!("warning: Waiting for the API server: {message}");
        }
    }
}

fn size() -> Size {
    let (width, height) = terminal_size::terminal_size().map_or((80, 24), |(width, height)| (width.0, height.0));
    Size { width: usize::from(width), height: usize::from(height) }
}

/// A terminal whose last lines are drawn over and over.
struct Frames {
    drawn: Vec<String>,
}

impl Frames {
    const HIDE_CURSOR: &str = "\x1b[?25l";
    const SHOW_CURSOR: &str = "\x1b[?25h";

    fn begin() -> Result<Self, Error> {
        say(Self::HIDE_CURSOR)?;
        Ok(Self { drawn: Vec::new() })
    }

    fn draw(&mut self, lines: &[String]) -> Result<(), Error> {
        if self.drawn == lines {
            return Ok(());
        }
        let mut text = String::new();
        if !self.drawn.is_empty() {
            // Back to the first line of the frame before, and away with what was below it.
            text = format!("\x1b[{}F\x1b[J", self.drawn.len());
        }
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        self.drawn = lines.to_vec();
        say(&text)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let _ = std::io::stdout().write_all(Self::SHOW_CURSOR.as_bytes());
        let _ = std::io::stdout().flush();
    }
}
