//! What the cleanup needs, and whether the object of a delivery is really gone.

use std::sync::Arc;

use delivery_api::Delivery;
use kube::{Api, Client, ResourceExt};

use crate::base::api::{TIME_LIMIT, within};
use crate::base::objects::Objects;
use crate::cleanup::quiet::Quiet;
use crate::error::Error;
use crate::log::connection::Log;
use crate::tables::ended_plans::Installation;
use crate::tables::retention::Retention;

/// How many keys of one topic are removed in one round; the rest follows in the next.
pub(crate) const MAX_PER_ROUND: usize = 500;

/// What the cleanup needs.
pub(crate) struct Cleaner {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub installation: Installation,
    pub retention: Retention,
    pub quiet: Quiet,
}

impl Cleaner {
    /// This installation, with only those namespaces of which it is known what is in them.
    #[must_use]
    pub(crate) fn known(&self) -> Installation {
        Installation { source: self.installation.source.clone(), namespaces: self.objects.known() }
    }

    /// Whether the API server has no such object, or another one of its name. The watch may be behind. With its namespace, every object
    /// is gone; the operator's permission to look at them too.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub(crate) async fn is_gone(&self, namespace: &str, name: &str, delivery_id: &str) -> Result<bool, Error> {
        if self.objects.is_gone(namespace) {
            return Ok(true);
        }
        let api: Api<Delivery> = Api::namespaced(self.client.clone(), namespace);
        let doing = "read a Delivery that seems to be gone";
        let found = within(TIME_LIMIT, async { api.get_metadata_opt(name).await.map_err(Error::api(doing)) }).await?;
        Ok(found.and_then(|found| found.uid()).is_none_or(|uid| uid != delivery_id))
    }
}
