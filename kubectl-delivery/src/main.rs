//! Runs the command, ends it on an interrupt, and takes away what it left in the cluster.

use clap::Parser as _;
use delivery_kubectl::args::Arguments;
use delivery_kubectl::complete;
use delivery_kubectl::error::Error;
use delivery_kubectl::leftovers::Leftovers;
use std::path::Path;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let completing = Path::new(&program).file_stem().is_some_and(|name| name == complete::PROGRAM);
    let arguments = if completing { None } else { Some(Arguments::parse()) };
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
            eprintln!("error: The program cannot start: {error}.");
            return ExitCode::from(2);
        }
    };
    let code = runtime.block_on(run(async |leftovers| match &arguments {
        Some(arguments) => arguments.run(leftovers).await,
        None => complete::run(&words.collect::<Vec<_>>()).await.map(|()| ExitCode::SUCCESS),
    }));
    // A question to Kafka that nobody awaits any more may still be blocking a thread.
    runtime.shutdown_background();
    code
}

async fn run(command: impl AsyncFnOnce(&Leftovers) -> Result<ExitCode, Error>) -> ExitCode {
    let leftovers = Leftovers::default();
    let outcome = tokio::select! {
        outcome = command(&leftovers) => outcome,
        () = interrupted() => Err(Error::Interrupted),
    };
    leftovers.remove().await;
    outcome.unwrap_or_else(|error| {
        // A reader such as `head` that has seen enough is no failure.
        if matches!(&error, Error::Output(source) if source.kind() == std::io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        if !matches!(error, Error::Interrupted) {
            eprintln!("error: {error}");
        }
        ExitCode::from(error.exit_code())
    })
}

/// Ends with a ctrl-C, or when the process is asked to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut asked) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = asked.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
