//! Wakes the reconciliation of a Delivery from elsewhere: its state changed in Kafka, its route appeared.

use crate::objects::GuardedDelivery;
use futures::Stream;
use kube_runtime::reflector::ObjectRef;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// As many wakings wait as this; one that finds no place is left out, since every delivery is looked at again by and by.
const WAITING: usize = 1_024;

/// Wakes the Deliveries of all watched namespaces.
#[derive(Clone, Debug, Default)]
pub struct Wake(HashMap<String, mpsc::Sender<ObjectRef<GuardedDelivery>>>);

impl Wake {
    /// Adds a namespace; its control loop reads the stream.
    pub fn namespace(&mut self, namespace: &str) -> impl Stream<Item = ObjectRef<GuardedDelivery>> + use<> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.0.insert(namespace.to_owned(), sender);
        futures::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
    }

    /// Wakes one Delivery.
    pub fn delivery(&self, namespace: &str, name: &str) {
        if let Some(sender) = self.0.get(namespace)
            && sender.try_send(ObjectRef::new(name).within(namespace)).is_err()
        {
            tracing::debug!(namespace, name, "A delivery is not woken: too many wait.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;

    #[tokio::test]
    async fn a_delivery_is_woken_in_its_namespace_and_nobody_waits_for_room() {
        let mut wake = Wake::default();
        let receiver = wake.namespace("shop");
        wake.delivery("elsewhere", "a");
        for _ in 0..3 * WAITING {
            wake.delivery("shop", "primeiro");
        }
        drop(wake);
        let woken: Vec<_> = receiver.collect().await;
        assert_eq!(woken.len(), WAITING);
        assert_eq!((woken[0].name.as_str(), woken[0].namespace.as_deref()), ("primeiro", Some("shop")));
    }
}
