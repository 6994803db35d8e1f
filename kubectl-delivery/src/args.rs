//! What can be typed.

use crate::change::{self, Change};
use crate::cluster::Connection;
use crate::error::Error;
use crate::leftovers::Leftovers;
use crate::output::say;
use crate::{dead_letters, erase, history, route, start, topics, verify, version, watch};
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::{generate, shells};
use std::process::ExitCode;

/// Watch, start, stop and verify deliveries.
///
/// A Delivery is a vehicle's way along a route. Kubernetes holds the objects; Kafka holds every position.
#[derive(Debug, Parser)]
#[command(name = "kubectl-delivery", bin_name = "kubectl delivery", version, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a delivery on a route
    #[command(after_help = START_EXAMPLES)]
    Start(start::Start),
    /// Show deliveries as they go
    #[command(long_about = WATCH, after_help = WATCH_EXAMPLES)]
    Watch(watch::command::Watch),
    /// Let vehicles stop where they are
    #[command(after_help = SUSPEND_EXAMPLES)]
    Suspend(change::Names),
    /// Let suspended vehicles go on from where they are
    Resume(change::Names),
    /// Cancel deliveries: delete their objects
    Cancel(change::Names),
    /// Make routes
    #[command(subcommand)]
    Route(route::command::Route),
    /// Prove from the log that no position of any delivery is lost, out of order or wrong
    #[command(long_about = VERIFY, after_help = VERIFY_EXAMPLES)]
    Verify(verify::command::Verify),
    /// Show past deliveries, or what passed near a place, when and whose it was
    #[command(long_about = HISTORY, after_help = HISTORY_EXAMPLES)]
    History(history::command::History),
    /// Show the topics, their partitions, and how far behind their readers are
    #[command(long_about = TOPICS)]
    Topics(topics::command::Topics),
    /// Show records that could not be understood or served, with the reasons
    #[command(after_help = LETTERS_EXAMPLES)]
    DeadLetters(dead_letters::command::DeadLetters),
    /// Erase a person's deliveries in every place, for good
    #[command(long_about = ERASE, after_help = ERASE_EXAMPLES)]
    Erase(erase::command::Erase),
    /// Print the completion script of a shell
    #[command(long_about = COMPLETION)]
    Completion {
        /// The shell.
        shell: Shell,
    },
    /// Print the versions of this program and of the operator
    Version(version::Version),
}

/// Shells that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shell {
    /// The Bourne again shell.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}

const START_EXAMPLES: &str = "\
Examples:
  # Start a delivery on the route primeiro, by its name in the namespace
  kubectl delivery start primeiro --courier moto-7 --vehicle motorcycle

  # At 40 km/h all the way, and wait for its end
  kubectl delivery start primeiro --speed-kmh 40 --wait";

const WATCH: &str = "\
Show deliveries as they go: in a terminal as a live table with progress bars, elsewhere a line for each change. ETA is the time
left; of a finished delivery, the time that it took. Ends with ctrl-C.

The status of a delivery is refreshed every few seconds; who wants every position reads Kafka or the map.";

const WATCH_EXAMPLES: &str = "\
Examples:
  # All deliveries of the namespace
  kubectl delivery watch

  # In a script: wait for two deliveries, and fail if one fails
  kubectl delivery watch primeiro segundo --until-finished";

const SUSPEND_EXAMPLES: &str = "\
Examples:
  # Pause a delivery, and let it go on; the time in between is not counted
  kubectl delivery suspend primeiro
  kubectl delivery resume primeiro";

const TOPICS: &str = "\
Show the topics, their partitions, and how far behind their readers are.

  LEADERS  the brokers that serve the partitions; \"none\" is a partition that nobody serves
  IN-SYNC  whether every replica has everything
  OFFSETS  from the oldest to the end; of a compacted topic more than it has records
  LAG      records that a consumer group has not read yet. The gateway's streams and the simulators read without a group";

const LETTERS_EXAMPLES: &str = "\
Examples:
  # What was given up in the last hour, and why
  kubectl delivery dead-letters --since 1h

  # The records themselves
  kubectl delivery dead-letters -o json

  # What comes
  kubectl delivery dead-letters --follow";

const ERASE: &str = "\
Erase a person's deliveries in every place, for good.

Finds them in Kubernetes, in the log, in MongoDB and in the index, shows them, and asks. Then it puts their ids on the list of
erased ids, the topic delivery.erased, and waits until everybody has done their part: the operator deletes the objects (a delivery
that is under way ends) and removes plans and states from the log, the gateway forgets them and removes them from MongoDB, the sink
removes them from the index. Who reads the log from its beginning again leaves them out, because of the list.

It tells what Kafka still holds, and until when. The exit code is 1 when something is left or could not be asked.
What is started afterwards is another delivery. Backups and logs are not covered: docs/erasing.md.";

const ERASE_EXAMPLES: &str = "\
Examples:
  # Look first: what there is of a courier, and how long Kafka would keep it
  kubectl delivery erase --courier moto-7 --dry-run

  # Erase what a client has asked for, in a script
  kubectl delivery erase --client vX3kqQmT0rWbAAAB --yes -o json";

const COMPLETION: &str = "\
Print the completion script of a shell, for the program's own name, kubectl-delivery.

For kubectl delivery, kubectl asks a program named kubectl_complete-delivery in the PATH. This program is that one, too:

  ln -s \"$(command -v kubectl-delivery)\" /usr/local/bin/kubectl_complete-delivery

It needs kubectl's own completion (kubectl completion --help), and then completes the names of routes and deliveries as well.

  # bash
  kubectl delivery completion bash > /etc/bash_completion.d/kubectl-delivery
  # zsh
  kubectl delivery completion zsh > \"${fpath[1]}/_kubectl-delivery\"
  # fish
  kubectl delivery completion fish > ~/.config/fish/completions/kubectl-delivery.fish";

const HISTORY: &str = "\
Show past deliveries, or what passed near a place, when and whose it was: what the sink has put into Elasticsearch, asked
through the gateway.

Without --near, the deliveries that were ordered in that time, the newest first:
  STARTED   when, seen from now
  TOOK      from its start to its end
  LATE      by what it arrived after its order and the time of its way: it waited for its start, or was suspended

With --near, those of which a position lies inside the circle:
  PASSED     when it was there last, seen from now
  FOR        from its first to its last position inside
  POSITIONS  how many lie inside
  NEAREST    how near the nearest is";

const HISTORY_EXAMPLES: &str = "\
Examples:
  # What passed within 100 m of a place since yesterday, longitude first
  kubectl delivery history --near -47.93,-15.83

  # Within a kilometre, in an hour of a certain day, of one courier
  kubectl delivery history --near -47.93,-15.83 --radius 1000 --since 2026-11-22T10:00:00Z --until 2026-11-22T11:00:00Z --courier moto-7

  # The deliveries of the last week, for a script
  kubectl delivery history -A --since 168h -o json";

const VERIFY: &str = "\
Prove from the log that no position of any delivery is lost, out of order or wrong.

Reads delivery.plan, delivery.state, route.catalogue and route.new-position themselves, up to their ends at the start of
the command, computes every position anew from the plan and the route, and believes nothing else.

  POSITIONS  the different positions in the log
  GAPS       positions that must be in the log and are not
  REPEATS    records that say again, byte for byte, what an earlier one said; harmless, readers drop them
  REORDERED  positions that first come after a later one
  WRONG      records that differ from what the plan and the route give, among them repeats that are not byte-identical
  LATE-MAX   the longest time from when a position was due until the broker had it; after an outage, how long it was
  FINISHED   how often, repeats aside, the log says that the vehicle has arrived

Verdicts: complete; running, suspended, cancelled or failed (not at its end, and no fault so far); truncated (retention has
removed the first positions; no fault in what is left); unverifiable (the plan or the route is gone, or of another release);
broken. The exit code is 1 if one is broken, 2 if nothing could be verified, otherwise 0; --strict makes it 1 for every
verdict other than complete.

With --sink, each position is also held against Elasticsearch's index, asked through the gateway:

  INDEXED    the positions that the index has
  MISSING    those of the log that it lacks, though it keeps what is of their day or older
  DOUBLED    those that it has more than once
  DIFFERENT  those that it has with another place, time or course
  EXTRA      those that it has and the log has not, though nothing was removed from the log there
  EXPIRED    (-o wide) those of the log that are of days before the first that the index still keeps

Verdicts: same (each of the log's positions once, and nothing else; what the log no longer keeps is not looked at); expired
(the same, but for days that the index no longer keeps); erased (to be forgotten, and nothing of it left); behind (the last
positions are missing after --sink-wait); broken. behind and broken make the exit code 1.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  # Verify all deliveries of the namespace
  kubectl delivery verify

  # Verify what was under way in the last hour, in all namespaces
  kubectl delivery verify -A --since 1h

  # In a script: fail unless this delivery is complete
  kubectl delivery verify --delivery primeiro --strict -o json

  # Hold the index against the log, too
  kubectl delivery verify -A --sink

  # Read a Kafka that the cluster need not be asked about
  kubectl delivery verify -A --bootstrap-servers 127.0.0.1:30092";

impl Arguments {
    /// Does what was typed.
    ///
    /// # Errors
    /// When that cannot be done.
    pub async fn run(&self, leftovers: &Leftovers) -> Result<ExitCode, Error> {
        let connection = &self.connection;
        match &self.command {
            Command::Start(start) => start::run(start, connection).await,
            Command::Watch(watch) => watch::command::run(watch, connection).await,
            Command::Suspend(names) => change::run(Change::Suspend, names, connection).await,
            Command::Resume(names) => change::run(Change::Resume, names, connection).await,
            Command::Cancel(names) => change::run(Change::Cancel, names, connection).await,
            Command::Route(route) => route::command::run(route, connection).await,
            Command::Verify(verify) => verify::command::run(verify, connection, leftovers).await,
            Command::History(history) => history::command::run(history, connection).await,
            Command::Topics(topics) => topics::command::run(topics, connection, leftovers).await,
            Command::DeadLetters(letters) => dead_letters::command::run(letters, connection, leftovers).await,
            Command::Erase(erase) => erase::command::run(erase, connection, leftovers).await,
            Command::Completion { shell } => completion(*shell).map(|()| ExitCode::SUCCESS),
            Command::Version(version) => version::run(version, connection).await,
        }
    }
}

fn completion(shell: Shell) -> Result<(), Error> {
    const PROGRAM: &str = "kubectl-delivery";
    let mut command = Arguments::command().bin_name(PROGRAM);
    let mut script = Vec::new();
    match shell {
        Shell::Bash => generate(shells::Bash, &mut command, PROGRAM, &mut script),
        Shell::Zsh => generate(shells::Zsh, &mut command, PROGRAM, &mut script),
        Shell::Fish => generate(shells::Fish, &mut command, PROGRAM, &mut script),
    }
    say(&String::from_utf8_lossy(&script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_the_help_shows_can_be_typed() {
        let texts = [
            START_EXAMPLES,
            WATCH_EXAMPLES,
            SUSPEND_EXAMPLES,
            LETTERS_EXAMPLES,
            VERIFY_EXAMPLES,
            HISTORY_EXAMPLES,
            ERASE_EXAMPLES,
        ];
        let lines: Vec<_> = texts.iter().flat_map(|text| text.lines()).map(str::trim).collect();
        let examples: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("kubectl delivery ")).collect();
        assert!(examples.len() >= 12, "{examples:?}");
        for example in examples {
            let words = ["kubectl-delivery"].into_iter().chain(example.split(' '));
            assert!(Arguments::try_parse_from(words).is_ok(), "{example}");
        }
    }
}
