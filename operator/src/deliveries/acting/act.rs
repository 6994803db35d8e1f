//! Step 3, act: takes the steps of a plan. Writes to Kafka and Kubernetes.
//!
//! Every step can be repeated: a name that is taken by an object of our own is a success, and so is the deletion of what is gone.

use std::fmt::Debug;
use std::sync::Arc;

use delivery_messages::{Plan as PublishedPlan, PlanPhase, Route};
use delivery_observability::traces::{NewSpan, Span};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::PostParams;
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::api::{answered, uncalled_webhook, was_refused};
use crate::base::metrics::Metrics;
use crate::base::names;
use crate::base::subject::{ObjectKey, Subject};
use crate::base::trace;
use crate::deliveries::acting::delete::{delete_delivery, delete_only};
use crate::deliveries::acting::manifest::{self, PodSettings};
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::deliveries::observing::observed::{Facts, Observed};
use crate::deliveries::observing::ownership::{belongs_to, is_orphan_of};
use crate::deliveries::plan::{Plan, Step};
use crate::deliveries::reporting::event::suspended_too_long;
use crate::deliveries::reporting::report::StatusWriter;
use crate::deliveries::reporting::status::{resumed, status};
use crate::error::Error;
use crate::log::connection::Log;

/// How far the steps were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All of them.
    Done,
    /// The object has changed since it was observed; it must be observed again.
    Outdated,
}

/// What taking the steps needs.
pub(crate) struct Actor {
    pub client: Client,
    pub log: Arc<Log>,
    pub statuses: Arc<StatusWriter>,
    pub pods: PodSettings,
    /// The source of our plans: see [`PublishedPlan::source`].
    pub source: String,
    pub metrics: Metrics,
}

impl Actor {
    /// Takes the steps in their order.
    ///
    /// # Errors
    /// At the first that fails; all can be repeated.
    pub(crate) async fn act(&self, observed: &Observed, plan: &Plan) -> Result<Progress, Error> {
        let (subject, facts) = (&observed.subject, &plan.facts);
        for step in &plan.steps {
            match step {
                Step::RecordResume => {
                    if !self.record_resume(observed, facts).await? {
                        return Ok(Progress::Outdated);
                    }
                }
                Step::RecordAttempt => {
                    if !self.statuses.record(subject, &status(observed, plan)).await? {
                        return Ok(Progress::Outdated);
                    }
                }
                Step::Publish(phase) => {
                    let plan = self.published_plan(observed, *phase, facts);
                    self.log.publish_plan(&plan, &subject.traceparent, observed.route.ready()).await?;
                }
                Step::CreatePod(attempt) => {
                    let mut span = span("create pod", subject);
                    span.number("attempt", *attempt);
                    span.during(Box::pin(self.create_pod(observed, facts, *attempt))).await?;
                }
                Step::DeletePod { name, uid } => {
                    span("delete pod", subject).during(Box::pin(self.delete_pod(&subject.key, name, uid))).await?;
                }
                Step::DeleteDelivery => delete_delivery(&self.client, &subject.key).await?,
                Step::EndSuspended => {
                    self.statuses.announce(subject, &suspended_too_long(observed)).await;
                    delete_delivery(&self.client, &subject.key).await?;
                    let (namespace, delivery) = (&subject.key.namespace, &subject.key.name);
                    tracing::info!(namespace, delivery, "Deleted a Delivery that was suspended for too long.");
                }
            }
        }
        Ok(Progress::Done)
    }

    /// Fixes the time of the resumption: the plan, the pod and every later reconciliation must use the same one.
    async fn record_resume(&self, observed: &Observed, facts: &Facts) -> Result<bool, Error> {
        self.statuses.write(&observed.subject, &resumed(observed, facts)).await
    }

    fn published_plan(&self, observed: &Observed, phase: PlanPhase, facts: &Facts) -> PublishedPlan {
        let id = match observed.route.ready() {
            Some(route) => Some(route.id.clone()),
            None => self.log.tables.plans.get(&observed.subject.key.uid).map(|plan| plan.route_id),
        };
        let route = RouteOfPlan { id: &id.unwrap_or_default(), key: facts.route.as_deref().unwrap_or_default() };
        record::plan(&observed.subject, phase, route, facts, &self.source)
    }

    async fn create_pod(&self, observed: &Observed, facts: &Facts, attempt: u32) -> Result<(), Error> {
        let Some(route) = observed.route.ready() else { return Ok(()) };
        let (subject, key) = (&observed.subject, &observed.subject.key);
        let plan = self.published_plan(observed, PlanPhase::Accepted, facts);
        self.create_config_map(subject, facts, &plan, route).await?;
        if attempt > 1 {
            self.delete_config_map(key, &names::pod(&key.name, &key.uid, attempt - 1)).await?;
        }
        // The last request: an attempt that failed before has created nothing.
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &key.namespace);
        let (name, pod) = (facts.current_pod(key), manifest::pod(subject, facts, &self.pods));
        match pods.create(&PostParams::default(), &pod).await {
            Ok(_) => {
                self.metrics.pod("created");
                let (namespace, delivery, trace_id) = (&key.namespace, &key.name, trace::id(&subject.traceparent));
                tracing::info!(namespace, delivery, pod = name, attempt, trace_id, "Created a pod.");
            }
            Err(error) if answered(&error, 409) => {
                owned(&pods, "Pod", &name, key).await?;
            }
            Err(error) if was_refused(&error) || uncalled_webhook(&error).is_some() => {
                return Err(Error::refused("Pod", &name, "create the pod")(error));
            }
            Err(error) => return Err(Error::PodUncertain { name, source: Box::new(error) }),
        }
        Ok(())
    }

    async fn create_config_map(
        &self,
        subject: &Subject,
        facts: &Facts,
        plan: &PublishedPlan,
        route: &Route,
    ) -> Result<(), Error> {
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), &subject.key.namespace);
        let map = manifest::config_map(subject, facts, plan, route, &self.pods)?;
        let (name, doing) = (map.name_any(), "create the ConfigMap");
        match maps.create(&PostParams::default(), &map).await {
            Ok(_) => return Ok(()),
            Err(error) if answered(&error, 409) => {}
            Err(error) => return Err(Error::refused("ConfigMap", &name, doing)(error)),
        }
        if let Some(found) = owned(&maps, "ConfigMap", &name, &subject.key).await? {
            if found.data == map.data {
                return Ok(());
            }
            // It is from an earlier try at this attempt, and the plan has changed since.
            delete_only(&maps, &name, found.uid()).await.map_err(Error::api("delete a ConfigMap"))?;
        }
        maps.create(&PostParams::default(), &map).await.map_err(Error::refused("ConfigMap", &name, doing))?;
        Ok(())
    }

    async fn delete_pod(&self, delivery: &ObjectKey, name: &str, uid: &str) -> Result<(), Error> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &delivery.namespace);
        if delete_only(&pods, name, Some(uid.to_owned())).await.map_err(Error::api("delete a pod"))? {
            self.metrics.pod("deleted");
            tracing::info!(namespace = delivery.namespace, delivery = delivery.name, pod = name, "Deleted a pod.");
        }
        self.delete_config_map(delivery, name).await
    }

    /// Deletes the ConfigMap of that name, if it is the delivery's.
    async fn delete_config_map(&self, delivery: &ObjectKey, name: &str) -> Result<(), Error> {
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), &delivery.namespace);
        let found = maps.get_metadata_opt(name).await.map_err(Error::api("read a ConfigMap before deleting it"))?;
        if let Some(found) = found.filter(|found| belongs_to(found, delivery) || is_orphan_of(found, delivery)) {
            delete_only(&maps, name, found.uid()).await.map_err(Error::api("delete a ConfigMap"))?;
        }
        Ok(())
    }
}

/// A span of what is done for a delivery.
fn span(name: &'static str, subject: &Subject) -> Span {
    let mut span = NewSpan { name, parent: Some(&subject.traceparent), ..NewSpan::default() }.begin();
    span.text("namespace", &subject.key.namespace);
    span.text("delivery", &subject.key.name);
    span
}

/// The object of that name, if it exists and belongs to the delivery.
///
/// # Errors
/// When it belongs to something else, or the API server does not answer.
async fn owned<K>(api: &Api<K>, kind: &'static str, name: &str, delivery: &ObjectKey) -> Result<Option<K>, Error>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Serialize + Debug,
{
    let Some(found) = api.get_opt(name).await.map_err(Error::api("read the object whose name is taken"))? else {
        return Ok(None);
    };
    if belongs_to(&found, delivery) { Ok(Some(found)) } else { Err(Error::NameTaken { kind, name: name.to_owned() }) }
}
