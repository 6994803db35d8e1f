//! A service's process: it reads its configuration, does its work, and says why it ends.

use crate::config;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::process::ExitCode;

/// Runs a service with the configuration in `file`; what made it end goes to the log, under the service's `name`.
pub async fn serve<C, R>(name: &str, file: &Path, run: impl FnOnce(C) -> R) -> ExitCode
where
    C: DeserializeOwned,
    R: Future<Output = anyhow::Result<()>>,
{
    let ended = match config::load(file) {
        Ok(config) => run(config).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = told(&error), "The {name} ends.");
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each said once: many of ours name their cause themselves.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        told if told.contains(&cause) => told.to_owned(),
        told if told.ends_with('.') => format!("{told} {cause}"),
        told => format!("{told}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_cause_is_said_once() {
        let sentence = anyhow::anyhow!("It is gone.").context("The file cannot be read.");
        assert_eq!(told(&sentence), "The file cannot be read. It is gone.");
        let naming = Err::<(), _>(anyhow::anyhow!("it is gone")).context("The file cannot be read: it is gone.");
        assert_eq!(told(&naming.context("It failed").unwrap_err()), "It failed: The file cannot be read: it is gone.");
    }
}
