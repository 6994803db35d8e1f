//! Triggers the reconciliation of a Delivery from elsewhere: its state changed in Kafka, its route was created.

use std::collections::HashMap;

use futures::Stream;
use kube_runtime::reflector::ObjectRef;
use tokio::sync::mpsc;

use crate::base::objects::GuardedDelivery;

/// The capacity of the queue of a namespace. A trigger that does not fit is dropped: every delivery is reconciled periodically anyway.
const CAPACITY: usize = 1_024;

/// Wakes the Deliveries of all watched namespaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wake(HashMap<String, mpsc::Sender<ObjectRef<GuardedDelivery>>>);

impl Wake {
    /// Adds a namespace; its controller reads the stream.
    pub(crate) fn namespace(&mut self, namespace: &str) -> impl Stream<Item = ObjectRef<GuardedDelivery>> + use<> {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        self.0.insert(namespace.to_owned(), sender);
        futures::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
    }

    /// Wakes one Delivery.
    pub(crate) fn delivery(&self, namespace: &str, name: &str) {
        if let Some(sender) = self.0.get(namespace)
            && sender.try_send(ObjectRef::new(name).within(namespace)).is_err()
        {
            tracing::debug!(namespace, name, "Dropped the trigger of a reconciliation: the queue is full.");
        }
    }
}

#[cfg(test)]
#[path = "tests/wake.rs"]
mod tests;
