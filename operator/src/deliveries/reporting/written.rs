//! The statuses that were written and that the watch may not have returned yet.
//!
//! Without them, a reconciliation that follows at once would decide by an outdated status.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use delivery_api::{Delivery, DeliveryStatus};
use delivery_observability::locks::lock;
use kube::ResourceExt;

use crate::base::subject::{ObjectKey, Subject};

/// The statuses, by uid, with the resource versions that they were written as.
#[derive(Debug, Default)]
pub(crate) struct WrittenStatuses(Mutex<HashMap<String, (u64, DeliveryStatus)>>);

impl WrittenStatuses {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (u64, DeliveryStatus)>> {
        lock(&self.0)
    }

    /// The status that was written last and its resource version, if the watch has not returned it yet.
    fn newest(&self, subject: &Subject) -> Option<(u64, DeliveryStatus)> {
        let mut written = self.lock();
        let newest = written.get(&subject.key.uid)?;
        if version(subject.resource_version.as_deref()).is_some_and(|seen| seen < newest.0) {
            return Some(newest.clone());
        }
        written.remove(&subject.key.uid);
        None
    }

    /// The resource version that a conditional write must name: what we have written ourselves is no conflict.
    pub(crate) fn resource_version(&self, subject: &Subject) -> Option<String> {
        self.newest(subject).map(|(version, _)| version.to_string()).or_else(|| subject.resource_version.clone())
    }

    /// Gives an object the status that was written last, if the watch has not returned it yet.
    pub(crate) fn refresh(&self, subject: &mut Subject) {
        if let Some((version, status)) = self.newest(subject) {
            subject.resource_version = Some(version.to_string());
            subject.status = Some(status);
        }
    }

    /// Notes a status, and the object that the API server returned for it.
    pub(crate) fn note(&self, key: &ObjectKey, returned: &Delivery, status: &DeliveryStatus) {
        if let Some(version) = version(returned.resource_version().as_deref()) {
            self.lock().insert(key.uid.clone(), (version, status.clone()));
        }
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        self.lock().retain(|uid, _| exists.contains(uid));
    }
}

/// Resource versions of one kind are numbers that grow (KEP-5504).
fn version(resource_version: Option<&str>) -> Option<u64> {
    resource_version?.parse().ok()
}
