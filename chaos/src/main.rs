//! Kills everything in turn under load, then proves that nothing was lost: what `make chaos` runs.
//!
//! A run goes through the modules in this order. [`setting`] finds the installation; [`schedule`] decides which fault comes when;
//! [`client`] are the browsers, each with a ledger of what it received; [`load`] creates the deliveries; [`evidence`] watches the log and
//! the pods; [`faults`] injects the faults and measures the recovery; [`verdict`] compares the evidence with the promises, and [`shop`] is all
//! of that about purchases. [`run`] ties it together. A module imports only modules that are declared before it.
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
mod shop;
mod run;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use anyhow::{Result, bail};
use args::{Arguments, Output};
use clap::Parser as _;
use futures::FutureExt as _;
use run::Run;
use serde_json::Value;
use setting::Setting;
use tokio::signal::unix::{SignalKind, signal};
use verdict::judge::Promise;

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
        outcome = tokio::time::timeout(limit, Box::pin(go(&run))) => Some(outcome),
        () = interrupted() => None,
    };
    if let Err(error) = Box::pin(run.clean()).await {
        eprintln!("warning: Not everything that the run did could be undone: {error:#}. The next run undoes the rest.");
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
        Some(Ok(Ok((promises, outcome)))) => {
            match arguments.output {
                Output::Table => print!("{}", verdict::report::promises(&promises)),
                Output::Json => println!("{outcome:#}"),
            }
            let broken = promises.iter().any(|promise| promise.kept == Some(false));
            if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}

/// Carries out the run; the promises, and everything as JSON. A panic is an error, because what the run has done must be undone all the same.
async fn go(run: &Run) -> Result<(Vec<Promise>, Value)> {
    let work = async {
        if run.is_of_purchases() {
            let outcome = Box::pin(run::purchases::go(run)).await?;
            Ok::<_, anyhow::Error>((outcome.promises.clone(), serde_json::to_value(&outcome)?))
        } else {
            let outcome = Box::pin(run.go()).await?;
            Ok((outcome.promises.clone(), serde_json::to_value(&outcome)?))
        }
    };
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| bail!("The run ended with the panic above, which is a mistake in this program."))
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
