//! Deletes what a command has created in the cluster, however the command ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::DeleteParams;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Jobs to delete. They are registered before they are created, so that an interrupt in between leaves nothing behind.
#[derive(Clone, Default)]
pub(crate) struct Cleanup(Arc<Mutex<Jobs>>);

type Jobs = Vec<(Api<Job>, String)>;

impl Cleanup {
    pub(crate) fn add(&self, jobs: Api<Job>, name: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((jobs, name));
    }

    /// Deletes all Jobs with their pods. The cluster itself deletes the others soon after their end.
    pub(crate) async fn run(&self) {
        let jobs = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (jobs, name) in jobs {
            let _ = timeout(TIMEOUT, jobs.delete(&name, &DeleteParams::background())).await;
        }
    }
}
