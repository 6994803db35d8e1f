//! Waits for the CustomResourceDefinitions: without them every watch would fail.

use std::time::Duration;

use delivery_api::names::GROUP;
use kube::Client;

/// How often to check whether the API server serves our kinds.
const RETRY: Duration = Duration::from_secs(2);

/// Waits until the API server serves our kinds.
pub async fn served(client: &Client) {
    loop {
        match client.list_api_group_resources(&format!("{GROUP}/v1alpha1")).await {
            Ok(list)
                if ["Delivery", "DeliveryRoute"]
                    .iter()
                    .all(|kind| list.resources.iter().any(|one| one.kind == *kind)) =>
            {
                return;
            }
            Ok(_) => tracing::warn!("Waiting for the kinds Delivery and DeliveryRoute to be served."),
            Err(error) => tracing::warn!(%error, "Waiting for the kinds Delivery and DeliveryRoute to be served."),
        }
        tokio::time::sleep(RETRY).await;
    }
}
