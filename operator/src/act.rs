//! Does what was decided: plans to Kafka, pods and their ConfigMaps to Kubernetes.
//!
//! Everything can be done twice: a name that is taken by ourselves is a success, and so is a deletion of what is gone.

use crate::catalogue;
use crate::context::Context;
use crate::error::{Error, answered, was_refused};
use crate::log::WriteError;
use crate::plan::{Intent, Step};
use crate::record::{self, RouteOfPlan};
use crate::report;
use crate::status::status;
use crate::view::{Facts, RouteView, World};
use crate::{names, pod, trace};
use delivery_api::Delivery;
use delivery_messages::{Plan, PlanPhase, Route, Topic};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::{Api, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// How far the steps were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of them.
    Done,
    /// The object is not as it was when they were decided; it must be looked at again.
    Outdated,
}

/// Takes the steps in their order.
///
/// # Errors
/// At the first that fails; all can be taken again.
pub async fn act(context: &Context, world: &World<'_>, intent: &Intent) -> Result<Outcome, Error> {
    for step in &intent.steps {
        match step {
            Step::RecordResume => {
                if !record_resume(context, world, &intent.facts).await? {
                    return Ok(Outcome::Outdated);
                }
            }
            Step::RecordAttempt => {
                if !report::record(context, world.delivery, &status(world, intent)).await? {
                    return Ok(Outcome::Outdated);
                }
            }
            Step::Publish(phase) => publish(context, world, *phase, &intent.facts).await?,
            Step::Start(attempt) => start(context, world, &intent.facts, *attempt).await?,
            Step::DeletePod { name, uid } => delete_pod(context, world.delivery, name, uid).await?,
            Step::DeleteDelivery => delete_delivery(context, world.delivery).await?,
        }
    }
    Ok(Outcome::Done)
}

/// Fixes when it was resumed: the plan, the pod and all who come after must say the same time.
async fn record_resume(context: &Context, world: &World<'_>, facts: &Facts) -> Result<bool, Error> {
    let mut status = world.delivery.status.clone().unwrap_or_default();
    status.resumed_at = facts.resumed_at.map(crate::conditions::seconds);
    for condition in status.conditions.iter_mut().filter(|condition| condition.type_ == delivery_api::status::RUNNING) {
        "Resumed".clone_into(&mut condition.reason);
        "It goes on from where it stood.".clone_into(&mut condition.message);
    }
    report::write(context, world.delivery, &status).await
}

async fn publish(context: &Context, world: &World<'_>, phase: PlanPhase, facts: &Facts) -> Result<(), Error> {
    let plan = plan_of(context, world, phase, facts);
    let route = match world.route {
        RouteView::Ready(route) => Some(route.as_ref()),
        _ => None,
    };
    publish_plan(context, world.delivery, &plan, route).await?;
    Ok(())
}

/// Makes sure that the log holds a plan of a Delivery, and its route before.
///
/// # Errors
/// When Kafka does not take one of them.
pub async fn publish_plan(
    context: &Context,
    delivery: &Delivery,
    plan: &Plan,
    route: Option<&Route>,
) -> Result<(), WriteError> {
    let trace = trace::of(delivery);
    // In the table of plans first: from then on nobody removes the route.
    let wanted = context.plans.begin(plan, &trace);
    if let Some(route) = route {
        catalogue::ensure(&context.catalogue, &context.log, route).await?;
    }
    if wanted {
        context.log.write(Topic::Plan, &plan.delivery_id, plan, Some(&trace)).await?;
        context.plans.written(plan);
    }
    Ok(())
}

fn plan_of(context: &Context, world: &World<'_>, phase: PlanPhase, facts: &Facts) -> Plan {
    let id = match world.route {
        RouteView::Ready(route) => Some(route.id.clone()),
        _ => world.delivery.uid().and_then(|uid| context.plans.get(&uid)).map(|plan| plan.route_id),
    };
    let route = RouteOfPlan { id: &id.unwrap_or_default(), key: facts.route.as_deref().unwrap_or_default() };
    record::plan(world.delivery, phase, route, facts, &context.config.source)
}

async fn start(context: &Context, world: &World<'_>, facts: &Facts, attempt: u32) -> Result<(), Error> {
    let RouteView::Ready(route) = world.route else { return Ok(()) };
    let delivery = world.delivery;
    let plan = plan_of(context, world, PlanPhase::Accepted, facts);
    config_map(context, delivery, facts, &plan, route).await?;
    let namespace = delivery.namespace().unwrap_or_default();
    if attempt > 1 {
        let before = names::pod(&delivery.name_any(), &delivery.uid().unwrap_or_default(), attempt - 1);
        let maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), &namespace);
        gone(maps.delete(&before, &DeleteParams::default()).await).map_err(Error::api("delete a ConfigMap"))?;
    }
    // The last thing: what fails before it has made no attempt.
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), &namespace);
    let pod = pod::pod(delivery, facts, &context.config);
    let name = facts.current_pod(delivery);
    match pods.create(&PostParams::default(), &pod).await {
        Ok(_) => {
            context.metrics.pod("created");
            tracing::info!(namespace, delivery = delivery.name_any(), pod = name, attempt, "A pod was created.");
        }
        Err(error) if answered(&error, 409) => {
            own(&pods, "Pod", &name, delivery).await?;
        }
        Err(error) if was_refused(&error) => return Err(Error::api("create the pod")(error)),
        Err(error) => return Err(Error::PodUncertain { name, source: Box::new(error) }),
    }
    Ok(())
}

async fn config_map(
    context: &Context,
    delivery: &Delivery,
    facts: &Facts,
    plan: &Plan,
    route: &Route,
) -> Result<(), Error> {
    let maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), &delivery.namespace().unwrap_or_default());
    let map = pod::config_map(delivery, facts, plan, route, &context.config).map_err(Error::Encode)?;
    let created = maps.create(&PostParams::default(), &map).await;
    match created {
        Ok(_) => return Ok(()),
        Err(error) if answered(&error, 409) => {}
        Err(error) => return Err(Error::api("create the ConfigMap")(error)),
    }
    let name = map.name_any();
    let found = own(&maps, "ConfigMap", &name, delivery).await?;
    if found.is_some_and(|found| found.data == map.data) {
        return Ok(());
    }
    // Left by an attempt that came no further, and the plan has changed since.
    gone(maps.delete(&name, &DeleteParams::default()).await).map_err(Error::api("delete a ConfigMap"))?;
    maps.create(&PostParams::default(), &map).await.map_err(Error::api("create the ConfigMap"))?;
    Ok(())
}

/// Whose is the object that has the name that we need? It is returned if it is this Delivery's.
async fn own<K>(api: &Api<K>, kind: &'static str, name: &str, delivery: &Delivery) -> Result<Option<K>, Error>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Serialize + Debug,
{
    let Some(found) = api.get_opt(name).await.map_err(Error::api("look at the object of a name that is taken"))? else {
        return Ok(None);
    };
    let ours = found.owner_references().iter().any(|owner| Some(&owner.uid) == delivery.uid().as_ref());
    if ours { Ok(Some(found)) } else { Err(Error::NameTaken { kind, name: name.to_owned() }) }
}

async fn delete_pod(context: &Context, delivery: &Delivery, name: &str, uid: &str) -> Result<(), Error> {
    let namespace = delivery.namespace().unwrap_or_default();
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), &namespace);
    let this = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
    let deleted = pods.delete(name, &DeleteParams::default().preconditions(this)).await;
    if gone(deleted).map_err(Error::api("delete a pod"))? {
        context.metrics.pod("deleted");
        tracing::info!(namespace, delivery = delivery.name_any(), pod = name, "A pod was deleted.");
    }
    let maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), &namespace);
    gone(maps.delete(name, &DeleteParams::default()).await).map_err(Error::api("delete a ConfigMap"))?;
    Ok(())
}

/// Deletes a Delivery, this very one: never another of its name.
///
/// # Errors
/// When the API server refuses, or does not answer.
pub async fn delete_delivery(context: &Context, delivery: &impl ResourceExt) -> Result<(), Error> {
    let deliveries: Api<Delivery> = Api::namespaced(context.client.clone(), &delivery.namespace().unwrap_or_default());
    let this = Preconditions { uid: delivery.uid(), resource_version: None };
    let deleted = deliveries.delete(&delivery.name_any(), &DeleteParams::background().preconditions(this)).await;
    gone(deleted).map_err(Error::api("delete the Delivery"))?;
    Ok(())
}

/// Whether something was deleted: what is gone, or has another uid by now, needs no deletion.
fn gone<T>(deleted: Result<T, kube::Error>) -> Result<bool, kube::Error> {
    match deleted {
        Ok(_) => Ok(true),
        Err(error) if answered(&error, 404) || answered(&error, 409) => Ok(false),
        Err(error) => Err(error),
    }
}
