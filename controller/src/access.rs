//! How the API server is reached: as a pod is told, or as the kubeconfig says. Imports nothing of this crate.

use kube::Config;
use kube::config::InferConfigError;

/// The connection to the API server is not configured.
#[derive(Debug, thiserror::Error)]
#[error("Cannot configure the connection to the Kubernetes API server: {0}.")]
pub struct AccessError(String);

/// Reads how the API server is reached.
///
/// # Errors
/// When it is not said, or cannot be read.
pub async fn access() -> Result<Config, AccessError> {
    Config::infer().await.map_err(|error: InferConfigError| AccessError(told(&error.to_string())))
}

/// What may be told of an error: the lines after the first one quote the kubeconfig, in which tokens stand.
fn told(error: &str) -> String {
    error.lines().next().unwrap_or_default().trim_end_matches(['.', ':', ' ']).to_owned()
}

#[cfg(test)]
#[path = "tests/access.rs"]
mod tests;
