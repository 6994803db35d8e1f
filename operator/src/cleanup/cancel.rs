//! Cancels the plans of deliveries whose objects are gone.

use crate::base::trace;
use crate::cleanup::cleaner::Cleaner;
use crate::error::Error;

impl Cleaner {
    /// Cancels these plans.
    ///
    /// # Errors
    /// When Kafka or the API server does not answer, or refuses one of them. One that is refused does not stop the others; all that
    /// could not be cancelled follows in a later round.
    pub(crate) async fn cancel_deleted(&self) -> Result<(), Error> {
        let (plans, states) = (&self.log.tables.plans, &self.log.tables.states);
        let orphans = plans.orphans(&self.installation, &self.objects.uids(), |id| states.ended(id));
        let mut refused = None;
        for (plan, trace) in orphans {
            // A new object must not be taken for one that is gone.
            match self.is_gone(&plan.namespace, &plan.name, &plan.delivery_id).await {
                Ok(true) => {}
                Ok(false) => continue,
                // Such as a namespace that we lost our rights in.
                Err(error @ Error::Api(_)) => {
                    refused = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            let trace = trace.unwrap_or_else(|| trace::derived(&plan.delivery_id));
            if self.log.publish_plan(&plan, &trace, None).await? {
                let (namespace, delivery, uid) = (&plan.namespace, &plan.name, &plan.delivery_id);
                tracing::info!(namespace, delivery, uid, "Cancelled a delivery: its object is gone.");
            }
        }
        refused.map_or(Ok(()), Err)
    }
}
