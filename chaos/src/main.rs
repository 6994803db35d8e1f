//! Kills everything in turn under load, then proves that nothing was lost: what `make chaos` runs.
//!
//! A run goes through the modules in this order. [`setting`] finds the installation; [`schedule`] decides which fault comes when;
//! [`client`] are the browsers, each with a ledger of what it received; [`load`] creates the deliveries; [`evidence`] watches the log and
//! the pods; [`faults`] injects the faults and measures the recovery; [`verdict`] compares the evidence with the promises. [`run`] ties
//! it together. A module imports only modules that are declared before it.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are read by index, which yields null where there is nothing; a panic only ends a test"
)]

mod args;
mod setting;
mod schedule;
mod client;
mod load;
mod evidence;
mod faults;
mod verdict;
mod run;

use std::process::ExitCode;

use args::{Arguments, Output};
use clap::Parser as _;
use run::Run;
use setting::Setting;
use tokio::signal::unix::{SignalKind, signal};

/// The run could not be carried out.
const UNUSABLE: u8 = 2;
/// The exit code of shells after an interrupt.
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
        eprintln!(
            "warning: Not everything that the run created could be deleted: {error:#}. The next run deletes the rest."
        );
    }
    match outcome {
        None => {
            eprintln!("Interrupted.");
            ExitCode::from(INTERRUPTED)
        }
        Some(Err(_)) => {
            eprintln!("error: The run did not finish within {limit:?}.");
            ExitCode::from(UNUSABLE)
        }
        Some(Ok(Err(error))) => {
            eprintln!("error: {error:#}");
            ExitCode::from(UNUSABLE)
        }
        Some(Ok(Ok(outcome))) => {
            match arguments.output {
                Output::Table => print!("{}", verdict::report::promises(&outcome.promises)),
                Output::Json => println!("{}", serde_json::to_string_pretty(&outcome).unwrap_or_default()),
            }
            let broken = outcome.promises.iter().any(|promise| promise.kept == Some(false));
            if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}

/// Returns after Ctrl-C or SIGTERM.
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
