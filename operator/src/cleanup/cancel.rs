//! Cancels the plans of deliveries whose objects are gone.

use delivery_messages::{Plan, Topic};

use crate::base::api::{TIME_LIMIT, within};
use crate::base::subject::ObjectKey;
use crate::base::trace;
use crate::cleanup::cleaner::Cleaner;
use crate::cleanup::refusals::Refusals;
use crate::deliveries::acting::orphans::end_orphans;
use crate::error::Error;
use crate::log::refused::RefusedPartitions;

impl Cleaner {
    /// Cancels these plans.
    ///
    /// # Errors
    /// When Kafka or the API server does not answer, or refuses one of them. One that is refused does not stop the others; all that
    /// could not be cancelled follows in a later round.
    pub(crate) async fn cancel_deleted(&self) -> Result<(), Error> {
        let (plans, states) = (&self.log.tables.plans, &self.log.tables.states);
        let orphans = plans.orphans(&self.known(), &self.objects.uids(), |id| states.ended(id));
        let (mut refusals, mut refused) = (Refusals::default(), RefusedPartitions::default());
        for (plan, trace) in orphans {
            // It may have ended, or been cancelled already, or erased.
            let place = self.log.place(Topic::Plan, &plan.delivery_id);
            if !self.log.knows_all_of(&plan.delivery_id) || refused.contains(place) {
                continue;
            }
            // A new object must not be taken for one that is gone.
            if refusals.skip(self.is_gone_with_its_pods(&plan).await)? != Some(true) {
                continue;
            }
            let trace = trace.unwrap_or_else(|| trace::derived(&plan.delivery_id));
            let published = refused.attempt(place, Box::pin(self.log.publish_plan(&plan, &trace, None))).await?;
            if published == Some(true) {
                let (namespace, delivery, uid) = (&plan.namespace, &plan.name, &plan.delivery_id);
                tracing::info!(namespace, delivery, uid, "Cancelled a delivery: its object is gone.");
            }
        }
        refused.end()?;
        refusals.end()
    }

    /// Whether the object of a plan is gone; if so, no pod that it has left behind drives on.
    async fn is_gone_with_its_pods(&self, plan: &Plan) -> Result<bool, Error> {
        let (uid, namespace, name) = (plan.delivery_id.clone(), plan.namespace.clone(), plan.name.clone());
        let is_gone = self.is_gone(&namespace, &name, &uid).await?;
        // With its namespace all pods are gone.
        if is_gone && !self.objects.is_gone(&namespace) {
            within(TIME_LIMIT, end_orphans(&self.client, &ObjectKey { uid, namespace, name })).await?;
        }
        Ok(is_gone)
    }
}
