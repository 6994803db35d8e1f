//! Completes `kubectl delivery …`: kubectl runs a program `kubectl_complete-delivery` with the words so far, the last one
//! unfinished, and reads one candidate per line and a directive at the end.
//!
//! Commands and flags come from the same definition as the help; names of deliveries and routes from the cluster.

use std::time::Duration;

use clap::{Arg, Command, CommandFactory as _};
use kube::ResourceExt;
use kube::api::ListParams;
use tokio::time::timeout;

use super::arguments::Arguments;
use crate::base::Error;
use crate::base::output::write_stdout;
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::objects;

/// The name of the program that kubectl runs.
pub(crate) const PROGRAM: &str = "kubectl_complete-delivery";

/// How long the user waits for candidates from the cluster.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Do not complete file names; cobra's `ShellCompDirectiveNoFileComp`.
const NO_FILES: u8 = 4;
/// Complete file names; cobra's `ShellCompDirectiveDefault`.
const FILES: u8 = 0;

/// What can be completed at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Candidates {
    Words(Vec<String>),
    Deliveries,
    Routes,
    Files,
}

/// The candidates for the last of these words.
fn candidates(words: &[String]) -> Candidates {
    let mut root = Arguments::command();
    root.build();
    let (last, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
    let mut command = &root;
    let mut waiting = None;
    for word in before {
        if waiting.take().is_some() {
            continue;
        }
        if word.starts_with('-') {
            waiting = flag(command, word).filter(|flag| takes_value(flag) && !word.contains('='));
        } else if let Some(found) = command.find_subcommand(word) {
            command = found;
        }
    }
    let starting =
        |words: Vec<String>| Candidates::Words(words.into_iter().filter(|word| word.starts_with(last)).collect());
    if let Some(flag) = waiting {
        return match flag.get_id().as_str() {
            "deliveries" => Candidates::Deliveries,
            "kubeconfig" | "kafka_properties" => Candidates::Files,
            _ => starting(values(flag)),
        };
    }
    if last.starts_with('-') {
        let flags = command.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(Arg::get_long);
        return starting(flags.map(|flag| format!("--{flag}")).collect());
    }
    if command.has_subcommands() {
        let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
        return starting(commands.map(|command| command.get_name().to_owned()).collect());
    }
    match command.get_name() {
        "start" => Candidates::Routes,
        "cancel" | "suspend" | "resume" | "watch" | "status" | "trace" => Candidates::Deliveries,
        "import" => Candidates::Files,
        _ => starting(command.get_positionals().flat_map(values).collect()),
    }
}

fn flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let (name, long) = match word.strip_prefix("--") {
        Some(name) => (name, true),
        None => (word.strip_prefix('-').unwrap_or_default(), false),
    };
    let name = name.split('=').next().unwrap_or_default();
    command.get_arguments().find(|flag| {
        if long {
            flag.get_long() == Some(name)
        } else {
            flag.get_short().is_some_and(|short| name == short.to_string())
        }
    })
}

fn takes_value(flag: &Arg) -> bool {
    flag.get_action().takes_values()
}

fn values(flag: &Arg) -> Vec<String> {
    flag.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

/// Prints the candidates for the last of these words; no names if the cluster does not answer in time.
pub(crate) async fn run(words: &[String]) -> Result<(), Error> {
    let last = words.last().map(String::as_str).unwrap_or_default();
    let (words, directive) = match candidates(words) {
        Candidates::Words(words) => (words, NO_FILES),
        Candidates::Files => (Vec::new(), FILES),
        Candidates::Routes => (names(words, false).await, NO_FILES),
        Candidates::Deliveries => (names(words, true).await, NO_FILES),
    };
    let words = words.iter().filter(|word| word.starts_with(last));
    write_stdout(&words.map(|word| format!("{word}\n")).chain([format!(":{directive}\n")]).collect::<String>())
}

async fn names(words: &[String], deliveries: bool) -> Vec<String> {
    let listing = async {
        let cluster = connection(words).cluster().await?;
        list(&cluster, deliveries).await
    };
    timeout(TIMEOUT, listing).await.ok().and_then(Result::ok).unwrap_or_default()
}

async fn list(cluster: &Cluster, deliveries: bool) -> Result<Vec<String>, Error> {
    let all = ListParams::default().limit(500);
    let refused = Error::api("Cannot list the names");
    if deliveries {
        let found = objects::deliveries(cluster).list_metadata(&all).await.map_err(refused)?;
        return Ok(found.iter().map(ResourceExt::name_any).collect());
    }
    let found = objects::routes(cluster).list_metadata(&all).await.map_err(refused)?;
    Ok(found.iter().map(ResourceExt::name_any).collect())
}

/// The cluster that the words so far select.
fn connection(words: &[String]) -> Connection {
    let mut connection = Connection::default();
    for (index, word) in words.iter().enumerate() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let value = if value.is_empty() { words.get(index + 1).cloned() } else { Some(value.to_owned()) };
        match name {
            "-n" | "--namespace" => connection.namespace = value,
            "--context" => connection.context = value,
            "--cluster" => connection.cluster = value,
            "--user" => connection.user = value,
            "--as" => connection.impersonate = value,
            "--as-group" => connection.impersonate_groups.extend(value),
            "--kubeconfig" => connection.kubeconfig = value.map(Into::into),
            _ => {}
        }
    }
    connection
}

#[cfg(test)]
#[path = "tests/completion.rs"]
mod tests;
