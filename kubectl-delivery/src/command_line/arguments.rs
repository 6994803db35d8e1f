//! The arguments, and which command they run.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use super::help;
use super::script::{self, Shell};
use super::version::{self, Version};
use crate::base::Error;
use crate::check::command::{self as check, Check};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Connection;
use crate::dead_letters::command::{self as dead_letters, DeadLetters};
use crate::deliveries::change::{self, Change, Names};
use crate::deliveries::list::{self, List};
use crate::deliveries::start::{self, Start};
use crate::deliveries::status::{self, Status};
use crate::deliveries::watch::{self, Watch};
use crate::erase::arguments::Erase;
use crate::erase::command as erase;
use crate::graph::command::{self as graph, MeshGraph};
use crate::history::command::{self as history, History};
use crate::map::command::{self as map, Map};
use crate::purchases::command::{self as purchases, Purchase};
use crate::routes::command::{self as routes, Route};
use crate::top::command::{self as top, Top};
use crate::topics::command::{self as topics, Topics};
use crate::trace::command::{self as trace, Trace};
use crate::verify::command::{self as verify, Verify};

/// Watch, start, stop and verify deliveries.
///
/// A Delivery is one vehicle's trip along a route. Its object is in Kubernetes, its positions are in Kafka.
#[derive(Debug, Parser)]
#[command(name = "kubectl-delivery", bin_name = "kubectl delivery", version, after_help = help::EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List deliveries
    #[command(visible_alias = "get", after_help = help::LIST_EXAMPLES)]
    List(List),
    /// Show one delivery in full: progress, place, pod, conditions, events
    Status(Status),
    /// Start a delivery on a route
    #[command(after_help = help::START_EXAMPLES)]
    Start(Start),
    /// Show the progress of deliveries
    #[command(long_about = help::WATCH, after_help = help::WATCH_EXAMPLES)]
    Watch(Watch),
    /// Suspend deliveries: the vehicles stop where they are
    #[command(after_help = help::SUSPEND_EXAMPLES)]
    Suspend(Names),
    /// Resume suspended deliveries
    Resume(Names),
    /// Cancel deliveries: delete their objects
    Cancel(Names),
    /// Manage routes
    #[command(subcommand)]
    Route(Route),
    /// Prove from the log that no position of any delivery is lost, out of order or wrong
    #[command(long_about = help::VERIFY, after_help = help::VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Buy, and follow each purchase: paid, invoice, e-mail, delivery, notifications
    #[command(long_about = help::PURCHASE, after_help = help::PURCHASE_EXAMPLES)]
    Purchase(Purchase),
    /// Show past deliveries, or deliveries that passed near a point
    #[command(long_about = help::HISTORY, after_help = help::HISTORY_EXAMPLES)]
    History(History),
    /// Print the address of the map, or open it
    #[command(long_about = help::MAP, after_help = help::MAP_EXAMPLES)]
    Map(Map),
    /// Show the topics, their partitions, and the lag of the consumer groups
    #[command(long_about = help::TOPICS)]
    Topics(Topics),
    /// Show records that could not be processed, with the reasons
    #[command(after_help = help::LETTERS_EXAMPLES)]
    DeadLetters(DeadLetters),
    /// Erase a person's deliveries everywhere, permanently
    #[command(long_about = help::ERASE, after_help = help::ERASE_EXAMPLES)]
    Erase(Erase),
    /// Show who talks to whom in the mesh: requests, bytes, success, latency, mutual TLS
    #[command(long_about = help::GRAPH, after_help = help::GRAPH_EXAMPLES)]
    Graph(MeshGraph),
    /// Check everything that must be right: cluster, installation, services, Kafka, deliveries
    #[command(long_about = help::CHECK, after_help = help::CHECK_EXAMPLES)]
    Check(Check),
    /// Show deliveries, positions per second, their ages, lag and clients, live
    #[command(long_about = help::TOP, after_help = help::TOP_EXAMPLES)]
    Top(Top),
    /// Show what was done for a delivery, from the request to the screen, as a waterfall
    #[command(long_about = help::TRACE, after_help = help::TRACE_EXAMPLES)]
    Trace(Trace),
    /// Print the completion script for a shell
    #[command(long_about = help::COMPLETION)]
    Completion {
        /// The shell.
        shell: Shell,
    },
    /// Print the versions of this program and of the operator
    Version(Version),
}

impl Arguments {
    /// Runs the command.
    pub(crate) async fn run(&self, cleanup: &Cleanup) -> Result<ExitCode, Error> {
        let connection = &self.connection;
        match &self.command {
            Command::List(arguments) => list::run(arguments, connection).await,
            Command::Status(arguments) => status::run(arguments, connection).await,
            Command::Start(arguments) => start::run(arguments, connection).await,
            Command::Watch(arguments) => watch::run(arguments, connection).await,
            Command::Suspend(names) => change::run(Change::Suspend, names, connection).await,
            Command::Resume(names) => change::run(Change::Resume, names, connection).await,
            Command::Cancel(names) => change::run(Change::Cancel, names, connection).await,
            Command::Route(arguments) => routes::run(arguments, connection).await,
            Command::Verify(arguments) => verify::run(arguments, connection, cleanup).await,
            Command::Purchase(arguments) => purchases::run(arguments, connection).await,
            Command::History(arguments) => history::run(arguments, connection).await,
            Command::Map(arguments) => map::run(arguments, connection).await,
            Command::Topics(arguments) => topics::run(arguments, connection, cleanup).await,
            Command::DeadLetters(arguments) => dead_letters::run(arguments, connection, cleanup).await,
            Command::Erase(arguments) => erase::run(arguments, connection, cleanup).await,
            Command::Graph(arguments) => graph::run(arguments, connection).await,
            Command::Check(arguments) => check::run(arguments, connection, cleanup).await,
            Command::Top(arguments) => top::run(arguments, connection).await,
            Command::Trace(arguments) => trace::run(arguments, connection).await,
            Command::Completion { shell } => script::print(*shell, &mut Self::command()).map(|()| ExitCode::SUCCESS),
            Command::Version(arguments) => version::run(arguments, connection).await,
        }
    }
}

#[cfg(test)]
#[path = "tests/arguments.rs"]
mod tests;
