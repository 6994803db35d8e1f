//! A service's process: it reads its configuration, does its work, and logs why it ends.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::de::DeserializeOwned;

use crate::secrets::without_values;
use crate::{config, log, traces};

/// Runs a service with the configuration in `file`; why it ends goes to the log, under the service's `name`.
pub fn serve<C, R>(name: &str, file: &Path, run: impl FnOnce(C) -> R) -> ExitCode
where
    C: DeserializeOwned,
    R: Future<Output = anyhow::Result<()>>,
{
    log::init();
    traces::start(name);
    let ended = config::load(file).map_err(anyhow::Error::from).and_then(|config| finish(run(config)));
    traces::finish();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = with_causes(&error), "The {name} ends.");
            ExitCode::FAILURE
        }
    }
}

/// Does the work, and does not wait for anything else: a question that blocks a thread until Kafka answers must not delay the end.
fn finish(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("The process cannot be set up")?;
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}

/// An error with its causes, each once: many of ours name their cause themselves. What a reader of a file quotes is left out.
#[must_use]
pub fn with_causes(error: &anyhow::Error) -> String {
    let causes = error.chain().map(|cause| without_values(&cause.to_string()));
    causes.fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        text if text.contains(&cause) => text.to_owned(),
        text if text.ends_with('.') => format!("{text} {cause}"),
        text => format!("{text}: {cause}"),
    })
}

#[cfg(test)]
#[path = "tests/process.rs"]
mod tests;
