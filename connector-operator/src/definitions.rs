//! Waits for the kind `KafkaConnector`: it is Strimzi's, and may come later or never. What is missing is said once.

use crate::connector::{GROUP, VERSION};
use delivery_observability::Health;
use kube::Client;
use std::time::Duration;

/// How often the API server is asked.
const RETRY: Duration = Duration::from_secs(2);

/// The name under which the kind is known to [`Health`].
pub const DEPENDENCY: &str = "kafkaconnectors";
/// What is said while the kind is missing.
pub const ABSENT: &str = "The kind KafkaConnector of kafka.strimzi.io/v1 is not served; install Strimzi's CRDs. They are picked up when they appear.";

/// Returns when the API server serves the kind. `asked` is called when it has answered for the first time.
pub async fn served(client: &Client, health: &Health, asked: impl Fn()) {
    let mut said = String::new();
    loop {
        let problem = match client.list_api_group_resources(&format!("{GROUP}/{VERSION}")).await {
            Ok(list) if list.resources.iter().any(|resource| resource.kind == "KafkaConnector") => {
                health.dependency(DEPENDENCY, None);
                if !said.is_empty() {
                    tracing::info!("The kind KafkaConnector is served.");
                }
                return;
            }
            Err(kube::Error::Api(status)) if status.code != 404 => {
                format!("The API server answers {}: {}", status.code, status.message)
            }
            Ok(_) | Err(kube::Error::Api(_)) => {
                asked();
                ABSENT.to_owned()
            }
            Err(error) => format!("The API server cannot be reached: {error}."),
        };
        health.dependency(DEPENDENCY, Some(problem.clone()));
        if said != problem {
            tracing::warn!("{problem}");
            said = problem;
        }
        tokio::time::sleep(RETRY).await;
    }
}
