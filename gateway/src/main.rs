//! The gateway's process: arguments, configuration, log.

use clap::Parser;
use delivery_gateway::service;
use delivery_observability::{config, log};
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows the deliveries that Kafka tells of to browsers, and takes their requests.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log::init();
    let ended = match config::load(&arguments.config) {
        Ok(config) => service::run(config).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = whole(&error), "The gateway ends.");
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, as far as it does not name them itself.
fn whole(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        known if known.contains(&cause) => text,
        _ => format!("{text}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_cause_is_named_once() {
        let cause = std::io::Error::other("no such file");
        let error = Err::<(), _>(cause).context("The page cannot be read: no such file.").context("It failed");
        assert_eq!(whole(&error.unwrap_err()), "It failed: The page cannot be read: no such file.");
    }
}
