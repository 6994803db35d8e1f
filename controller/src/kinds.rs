//! Waits for the kinds that an operator serves: their CRDs may be installed later, or never. Imports nothing of this crate.
//!
//! Whether a process is ready while they are missing is left to the operator.

use std::time::Duration;

use delivery_observability::Health;
use kube::Client;

/// How often the API server is asked.
const RETRY: Duration = Duration::from_secs(2);

/// The kinds of one API group that an operator serves.
#[derive(Debug)]
pub struct Kinds {
    /// The API group.
    pub group: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The kinds, as in `["KafkaConnector"]`.
    pub names: &'static [&'static str],
    /// What [`Health`] calls this dependency.
    pub dependency: &'static str,
    /// The sentence for people while a kind is missing.
    pub missing: &'static str,
}

impl Kinds {
    /// Returns when the API server serves all kinds. Until then [`Health`] names what is wrong, and the log repeats it only when it
    /// changes. `on_missing` is called whenever the API server answers that a kind is missing.
    pub async fn served(&self, client: &Client, health: &Health, on_missing: impl Fn()) {
        let mut reported = String::new();
        let group_version = format!("{}/{}", self.group, self.version);
        loop {
            let problem = match client.list_api_group_resources(&group_version).await {
                Ok(list) if self.names.iter().all(|name| list.resources.iter().any(|found| found.kind == *name)) => {
                    health.dependency(self.dependency, None);
                    if !reported.is_empty() {
                        tracing::info!(kinds = ?self.names, group_version, "The API server serves the kinds now.");
                    }
                    return;
                }
                Err(kube::Error::Api(status)) if status.code != 404 => {
                    format!("The API server answered {}: {}", status.code, status.message)
                }
                Ok(_) | Err(kube::Error::Api(_)) => {
                    on_missing();
                    self.missing.to_owned()
                }
                Err(error) => format!("Cannot reach the API server: {error}."),
            };
            health.dependency(self.dependency, Some(problem.clone()));
            if reported != problem {
                tracing::warn!("{problem}");
                reported = problem;
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}

#[cfg(test)]
#[path = "tests/kinds.rs"]
mod tests;
