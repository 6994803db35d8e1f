//! Kills everything in turn under load, then proves that nothing was lost: what `make chaos` runs.
//!
//! [`schedule`] decides what is harmed when, [`harm`] does it; [`load`], [`fleet`] and [`requests`] are the deliveries,
//! [`client`] and its [`ledger`] the browsers; [`pulse`], [`pods`], [`truth`] and [`history`] gather what there is to see, and
//! [`judge`] holds it against what was promised.

mod args;
mod binary;
mod client;
mod cursor;
mod fleet;
mod frames;
mod harm;
mod history;
mod judge;
mod ledger;
mod load;
mod log;
mod pods;
mod process;
mod pulse;
mod recovery;
mod replicas;
mod report;
mod requests;
mod run;
mod schedule;
mod setting;
mod sink;
mod truth;

use args::{Arguments, Output};
use clap::Parser as _;
use run::Run;
use setting::Setting;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// The run could not be made.
const UNUSABLE: u8 = 2;
/// As a shell says of an interrupt.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = match Setting::find(&arguments).await {
        Ok(setting) => Run::new(setting, arguments.clone()),
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(UNUSABLE);
        }
    };
    let limit = run.limit();
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(limit, Box::pin(run.go())) => Some(outcome),
        () = interrupted() => None,
    };
    if let Err(error) = Box::pin(run.clean()).await {
        eprintln!("warning: Not all that the run made could be taken away: {error:#}");
    }
    match outcome {
        None => {
            eprintln!("Interrupted.");
            ExitCode::from(INTERRUPTED)
        }
        Some(Err(_)) => {
            eprintln!("error: The run did not come to its end within {limit:?}.");
            ExitCode::from(UNUSABLE)
        }
        Some(Ok(Err(error))) => {
            eprintln!("error: {error:#}");
            ExitCode::from(UNUSABLE)
        }
        Some(Ok(Ok(outcome))) => {
            match arguments.output {
                Output::Table => print!("{}", report::promises(&outcome.promises)),
                Output::Json => println!("{}", serde_json::to_string_pretty(&outcome).unwrap_or_default()),
            }
            let broken = outcome.promises.iter().any(|promise| promise.kept == Some(false));
            if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}

/// Ends with a ctrl-C, or when the process is asked to end.
async fn interrupted() {
    let asked = async {
        match signal(SignalKind::terminate()) {
            Ok(mut asked) => drop(asked.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = asked => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
