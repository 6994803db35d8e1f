//! Runs a command, stops it on an interrupt, and cleans up what it left in the cluster.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use super::arguments::Arguments;
use super::completion;
use crate::base::Error;
use crate::base::table::printable;
use crate::cluster::cleanup::Cleanup;

/// The program: parses its arguments and runs the command. Under the name `kubectl_complete-delivery` it completes
/// arguments for kubectl.
#[must_use]
pub fn main() -> ExitCode {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let completes = Path::new(&program).file_stem().is_some_and(|name| name == completion::PROGRAM);
    let arguments = if completes { None } else { Some(Arguments::parse()) };
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,librdkafka=off,rdkafka=off,kube_client=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: Cannot start the asynchronous runtime: {error}.");
            return ExitCode::from(2);
        }
    };
    let code = runtime.block_on(run(arguments.as_ref(), async |cleanup| match &arguments {
        Some(arguments) => arguments.run(cleanup).await,
        None => completion::run(&words.collect::<Vec<_>>()).await.map(|()| ExitCode::SUCCESS),
    }));
    // A request to Kafka whose answer is no longer needed may still block a thread.
    runtime.shutdown_background();
    code
}

async fn run(
    arguments: Option<&Arguments>,
    command: impl AsyncFnOnce(&Cleanup) -> Result<ExitCode, Error>,
) -> ExitCode {
    let cleanup = Cleanup::default();
    let outcome = tokio::select! {
        outcome = command(&cleanup) => outcome,
        () = interrupted() => Err(Error::Interrupted),
    };
    cleanup.run().await;
    let error = match outcome {
        Ok(code) => return code,
        Err(error) => error,
    };
    // A pipe's reader that exits early, such as `head`, is not a failure.
    if matches!(&error, Error::Output(source) if source.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    if !matches!(error, Error::Interrupted) {
        tracing::debug!(reason = error.reason(), "The command failed.");
        // A server's own words must not control the terminal either.
        let lines: Vec<_> = error.to_string().lines().map(printable).collect();
        eprintln!("error: {}", lines.join("\n"));
    }
    if let Some(arguments) = arguments.filter(|_| error.is_unreachable())
        && let Some(server) = arguments.connection.server().await
    {
        eprintln!(
            "The API server is {server}. Check that it can be reached from here, or choose another with --context."
        );
    }
    ExitCode::from(error.exit_code())
}

/// Returns on ctrl-C or SIGTERM.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
