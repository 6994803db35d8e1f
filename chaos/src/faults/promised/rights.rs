//! Takes the operator's rights in its namespace away for a while, as when somebody deletes its `RoleBinding`: deliveries go on, and what
//! waited for the operator starts afterwards.
//!
//! The binding is not deleted but loses its subjects, which is the same to the API server. They are noted in an annotation, so that the
//! next run gives the rights back if this one is killed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use delivery_api::names::DELIVERY_LABEL;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::rbac::v1::{Role, RoleBinding, Subject};
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::evidence::activity::ActivityWatch;
use crate::faults::trial::{Hit, Trial, time_until};
use crate::load::objects;
use crate::setting::{LABEL, OPERATOR, Setting};

/// How long the API server may take to act on a changed binding.
const EFFECT: Duration = Duration::from_secs(20);
/// How long a delivery that waited for the rights may take to get its pod: the operator retries every 30 s at the latest.
const STARTS: Duration = Duration::from_mins(2);

/// The operator's rights to Deliveries and pods in this namespace.
pub(crate) struct Rights {
    binding: String,
    subject: Subject,
}

impl Rights {
    /// Finds the binding; none if the operator has its rights here in another way, such as a `ClusterRoleBinding`. Gives back what a
    /// killed run has taken.
    pub(crate) async fn find(setting: &Setting) -> Result<Option<Self>> {
        let roles: Api<Role> = Api::default_namespaced(setting.cluster.client.clone());
        for binding in bindings(setting).list(&ListParams::default().labels(OPERATOR)).await? {
            let Some(role) = roles.get_opt(&binding.role_ref.name).await? else { continue };
            if !is_for_deliveries(&role) {
                continue;
            }
            let name = binding.name_any();
            restore(setting, &name).await?;
            let subjects = bindings(setting).get(&name).await?.subjects.unwrap_or_default();
            let subject = subjects.into_iter().find(|subject| subject.kind == "ServiceAccount");
            return Ok(subject.map(|subject| Self { binding: name, subject }));
        }
        Ok(None)
    }

    /// Takes the rights away for a while, and watches what follows.
    ///
    /// # Errors
    /// When the operator kept its rights.
    pub(crate) async fn revoke(&self, setting: &Setting, activity: &ActivityWatch) -> Result<Hit> {
        let waiting = format!("{}-without-rights-{:x}", setting.run, jiff::Timestamp::now().as_second());
        let revoked = self.revoked(setting, &waiting).await;
        let silence = activity.with(|activity| activity.silence(Instant::now()));
        self.restore(setting).await?;
        let mut trial = revoked?;
        trial.steady(silence, "the operator had no rights");
        let has_rights = async || self.is_allowed(setting).await.unwrap_or(false);
        trial.recovered("the API server allows it again", time_until(EFFECT, has_rights).await, EFFECT);
        let starts = async || pods_of(setting, &waiting).await.is_ok_and(|pods| pods > 0);
        trial.recovered(format!("{waiting} has its pod"), time_until(STARTS, starts).await, STARTS);
        Ok(Hit { target: format!("{} for {:?}", self.binding, setting.size.away), trial: Some(trial) })
    }

    async fn revoked(&self, setting: &Setting, waiting: &str) -> Result<Trial> {
        let binding = bindings(setting).get(&self.binding).await?;
        let patch = revocation(binding.subjects.as_deref().unwrap_or_default())?;
        bindings(setting).patch(&self.binding, &PatchParams::default(), &Patch::Merge(patch)).await?;
        let is_denied = async || self.is_allowed(setting).await.is_ok_and(|allowed| !allowed);
        ensure!(
            time_until(EFFECT, is_denied).await.is_some(),
            "the RoleBinding {} has had no subjects for {EFFECT:?}, and the API server still allows {} to create pods; expected a \
             denial, so something else must allow it",
            self.binding,
            self.user(setting)
        );
        objects::delivery(setting, waiting, 0).await?;
        tokio::time::sleep(setting.size.away).await;
        let mut trial = Trial::default();
        let pods = pods_of(setting, waiting).await?;
        trial.expect(pods == 0, || {
            format!("{waiting} has {pods} pods although the operator may not create any; expected none")
        });
        Ok(trial)
    }

    /// Gives the rights back, if they are taken.
    pub(crate) async fn restore(&self, setting: &Setting) -> Result<()> {
        restore(setting, &self.binding).await
    }

    fn user(&self, setting: &Setting) -> String {
        let namespace = self.subject.namespace.as_ref().unwrap_or(&setting.namespace);
        format!("system:serviceaccount:{namespace}:{}", self.subject.name)
    }

    /// Whether the operator may create pods.
    async fn is_allowed(&self, setting: &Setting) -> Result<bool> {
        let reviews: Api<SubjectAccessReview> = Api::all(setting.cluster.client.clone());
        let attributes = ResourceAttributes {
            namespace: Some(setting.namespace.clone()),
            verb: Some("create".to_owned()),
            resource: Some("pods".to_owned()),
            ..ResourceAttributes::default()
        };
        let spec = SubjectAccessReviewSpec {
            user: Some(self.user(setting)),
            resource_attributes: Some(attributes),
            ..SubjectAccessReviewSpec::default()
        };
        let review = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
        let review = reviews.create(&PostParams::default(), &review).await?;
        Ok(review.status.context("a review has a status")?.allowed)
    }
}

async fn restore(setting: &Setting, binding: &str) -> Result<()> {
    let found = bindings(setting).get(binding).await?;
    let Some(note) = found.annotations().get(LABEL) else { return Ok(()) };
    let patch = restoration(note).with_context(|| {
        format!("the subjects of the RoleBinding {binding} cannot be restored; run helm upgrade for the product")
    })?;
    bindings(setting).patch(binding, &PatchParams::default(), &Patch::Merge(patch)).await?;
    Ok(())
}

/// Whether a Role has the rules for Deliveries, and not only those for the operator itself.
fn is_for_deliveries(role: &Role) -> bool {
    let mut resources = role.rules.iter().flatten().flat_map(|rule| rule.resources.iter().flatten());
    resources.any(|resource| resource == "deliveries")
}

/// The patch that takes the subjects out of a binding and notes them.
///
/// # Errors
/// When there are none.
fn revocation(subjects: &[Subject]) -> Result<Value> {
    ensure!(
        !subjects.is_empty(),
        "the operator's RoleBinding has no subjects, so it gives no rights that could be revoked"
    );
    let note = serde_json::to_string(subjects)?;
    Ok(json!({"metadata": {"annotations": {LABEL: note}}, "subjects": null}))
}

/// The patch that puts the noted subjects back.
///
/// # Errors
/// When the note is not one of [`revocation`].
fn restoration(note: &str) -> Result<Value> {
    let subjects: Vec<Subject> = serde_json::from_str(note)?;
    if subjects.is_empty() {
        bail!("no subjects are noted in its annotation {LABEL}");
    }
    Ok(json!({"metadata": {"annotations": {LABEL: null}}, "subjects": subjects}))
}

fn bindings(setting: &Setting) -> Api<RoleBinding> {
    Api::default_namespaced(setting.cluster.client.clone())
}

async fn pods_of(setting: &Setting, delivery: &str) -> Result<usize> {
    let pods: Api<Pod> = setting.cluster.pods();
    Ok(pods.list(&ListParams::default().labels(&format!("{DELIVERY_LABEL}={delivery}"))).await?.items.len())
}

#[cfg(test)]
#[path = "tests/rights.rs"]
mod tests;
