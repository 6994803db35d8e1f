//! Completes what is being typed for `kubectl delivery …`: kubectl runs a program `kubectl_complete-delivery` with the words
//! typed so far, the last one unfinished, and takes one proposal a line and at the end a directive.
//!
//! Commands and flags come from the same definition as the help; names of deliveries and routes from the cluster.

use crate::args::Arguments;
use crate::cluster::{Cluster, Connection};
use crate::deliveries;
use crate::error::Error;
use crate::output::say;
use clap::{Arg, Command, CommandFactory as _};
use kube::ResourceExt;
use kube::api::ListParams;
use std::time::Duration;
use tokio::time::timeout;

/// The name under which kubectl looks for this program when it completes.
pub const PROGRAM: &str = "kubectl_complete-delivery";

/// Nobody waits longer for a proposal.
const PATIENCE: Duration = Duration::from_secs(2);

/// No file names after these proposals; cobra calls it `ShellCompDirectiveNoFileComp`.
const NO_FILES: u8 = 4;
/// The shell's own file names.
const FILES: u8 = 0;

/// What fits at a place of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fitting {
    /// These words.
    Words(Vec<String>),
    /// Names of deliveries.
    Deliveries,
    /// Names of routes.
    Routes,
    /// Names of files.
    Files,
}

/// What fits as the last of these words, which is unfinished.
fn fitting(words: &[String]) -> Fitting {
    let mut root = Arguments::command();
    root.build();
    let (typed, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
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
        |words: Vec<String>| Fitting::Words(words.into_iter().filter(|word| word.starts_with(typed)).collect());
    if let Some(flag) = waiting {
        return match flag.get_id().as_str() {
            "deliveries" => Fitting::Deliveries,
            "kubeconfig" | "kafka_properties" => Fitting::Files,
            _ => starting(values(flag)),
        };
    }
    if typed.starts_with('-') {
        let flags = command.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(Arg::get_long);
        return starting(flags.map(|flag| format!("--{flag}")).collect());
    }
    if command.has_subcommands() {
        let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
        return starting(commands.map(|command| command.get_name().to_owned()).collect());
    }
    match command.get_name() {
        "start" => Fitting::Routes,
        "cancel" | "suspend" | "resume" | "watch" => Fitting::Deliveries,
        "import" => Fitting::Files,
        _ => starting(command.get_positionals().flat_map(values).collect()),
    }
}

fn flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let (name, long) = word.strip_prefix("--").map_or((&word[1..], false), |name| (name, true));
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

/// Prints the proposals for the last of these words. A cluster that does not answer soon makes none.
///
/// # Errors
/// When the output is gone.
pub async fn run(words: &[String]) -> Result<(), Error> {
    let typed = words.last().map(String::as_str).unwrap_or_default();
    let (words, directive) = match fitting(words) {
        Fitting::Words(words) => (words, NO_FILES),
        Fitting::Files => (Vec::new(), FILES),
        Fitting::Routes => (names(words, false).await, NO_FILES),
        Fitting::Deliveries => (names(words, true).await, NO_FILES),
    };
    let words = words.iter().filter(|word| word.starts_with(typed));
    say(&words.map(|word| format!("{word}\n")).chain([format!(":{directive}\n")]).collect::<String>())
}

async fn names(words: &[String], deliveries: bool) -> Vec<String> {
    let asked = async {
        let cluster = connection(words).cluster().await?;
        list(&cluster, deliveries).await
    };
    timeout(PATIENCE, asked).await.ok().and_then(Result::ok).unwrap_or_default()
}

async fn list(cluster: &Cluster, deliveries: bool) -> Result<Vec<String>, Error> {
    let all = ListParams::default().limit(500);
    let refused = Error::api("The names cannot be listed");
    if deliveries {
        let found = deliveries::api(cluster).list_metadata(&all).await.map_err(refused)?;
        return Ok(found.iter().map(ResourceExt::name_any).collect());
    }
    let found = deliveries::routes(cluster).list_metadata(&all).await.map_err(refused)?;
    Ok(found.iter().map(ResourceExt::name_any).collect())
}

/// The cluster that the words so far choose.
fn connection(words: &[String]) -> Connection {
    let mut connection = Connection::default();
    for (place, word) in words.iter().enumerate() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let value = if value.is_empty() { words.get(place + 1).cloned() } else { Some(value.to_owned()) };
        match name {
            "-n" | "--namespace" => connection.namespace = value,
            "--context" => connection.context = value,
            "--kubeconfig" => connection.kubeconfig = value.map(Into::into),
            _ => {}
        }
    }
    connection
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(line: &str) -> Fitting {
        fitting(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn words(words: &[&str]) -> Fitting {
        Fitting::Words(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn each_place_is_offered_what_fits_there() {
        assert_eq!(after("ver"), words(&["verify", "version"]));
        assert_eq!(after("-n shop can"), words(&["cancel"]), "a flag's value is no command");
        assert_eq!(after("verify --str"), words(&["--strict"]), "what is hidden is not offered");
        assert_eq!(after("verify -o "), words(&["table", "wide", "json"]));
        assert_eq!(after("verify --delivery "), Fitting::Deliveries);
        assert_eq!(after("start "), Fitting::Routes);
        assert_eq!(after("start --context x prim"), Fitting::Routes);
        assert_eq!(after("cancel a "), Fitting::Deliveries);
        assert_eq!(after("route "), words(&["import"]));
        assert_eq!(after("route import "), Fitting::Files);
        assert_eq!(after("completion z"), words(&["zsh"]));
        assert_eq!(after("verify --kubeconfig "), Fitting::Files);
    }

    #[test]
    fn the_cluster_that_was_typed_is_asked() {
        let found = connection(&["-n", "shop", "--context=north", "start", ""].map(str::to_owned));
        assert_eq!((found.namespace.as_deref(), found.context.as_deref()), (Some("shop"), Some("north")));
    }
}
