//! The operator's process: reads its configuration and runs.

use clap::Parser;
use delivery_observability::{config, log};
use delivery_operator::args::Args;
use delivery_operator::run::run;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    log::init();
    let args = Args::parse();
    let result = match config::load(&args.config) {
        Ok(config) => run(config).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = told(&error), "The operator ends.");
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each said once: many of ours name their cause themselves.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        told if told.contains(&cause) => told.to_owned(),
        told => format!("{told} {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_cause_is_said_once() {
        let plain = anyhow::anyhow!("It is gone.").context("The file cannot be read.");
        assert_eq!(told(&plain), "The file cannot be read. It is gone.");
        let naming = Err::<(), _>(anyhow::anyhow!("it is gone")).context("The file cannot be read: it is gone.");
        assert_eq!(told(&naming.unwrap_err()), "The file cannot be read: it is gone.");
    }
}
