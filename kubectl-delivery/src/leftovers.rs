//! What a command has made in the cluster and must take away again, however it ends.

use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::DeleteParams;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(5);

/// Jobs to be deleted. They are written down before they are made, so that an interrupt in between leaves nothing.
#[derive(Clone, Default)]
pub struct Leftovers(Arc<Mutex<Jobs>>);

type Jobs = Vec<(Api<Job>, String)>;

impl Leftovers {
    /// Writes a Job down.
    pub fn add(&self, jobs: Api<Job>, name: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((jobs, name));
    }

    /// Deletes all of them with their pods. One that cannot be deleted goes by itself, soon after its end.
    pub async fn remove(&self) {
        let jobs = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (jobs, name) in jobs {
            let _ = timeout(PATIENCE, jobs.delete(&name, &DeleteParams::background())).await;
        }
    }
}
