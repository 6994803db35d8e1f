//! The faults of the purchase services (purchases, invoices and notifications) and of the mail server.

use anyhow::{Result, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DeleteParams;

use super::injector::Injector;
use super::pods::one;
use crate::schedule::Fault;
use crate::setting::Setting;

/// The purchase services, by the ends of their names.
const SERVICES: [&str; 3] = ["purchases", "invoices", "notifications"];

/// Whether all purchase services are installed.
///
/// # Errors
/// When the API server does not answer.
pub(crate) async fn are_installed(setting: &Setting) -> Result<bool> {
    let deployments = setting.cluster.operator();
    for service in SERVICES {
        if deployments.get_opt(&name(service)).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn name(service: &str) -> String {
    format!("code-delivery-{service}")
}

impl Injector {
    /// Injects one of these faults; returns what was hit.
    pub(super) async fn strike_purchase_services(&self, fault: Fault, rng: &mut fastrand::Rng) -> Result<String> {
        let gently = DeleteParams::default();
        match fault {
            Fault::PurchasesProcess => self.kill(one(self.service("purchases").await?, rng)?).await,
            Fault::PurchasesPod => self.delete(one(self.service("purchases").await?, rng)?, &gently).await,
            Fault::InvoicesProcess => self.kill(one(self.service("invoices").await?, rng)?).await,
            Fault::InvoicesPod => self.delete(one(self.service("invoices").await?, rng)?, &gently).await,
            Fault::NotificationsProcess => self.kill(one(self.service("notifications").await?, rng)?).await,
            Fault::NotificationsPod => self.delete(one(self.service("notifications").await?, rng)?, &gently).await,
            Fault::MailProcess => self.kill(one(self.data("mailpit").await?, rng)?).await,
            Fault::MailPod => self.delete(one(self.data("mailpit").await?, rng)?, &gently).await,
            Fault::MailRefused => self.refusals.refuse(self.setting.size.away).await,
            _ => bail!("it has nothing to do with the purchase services"),
        }
    }

    async fn service(&self, service: &str) -> Result<Vec<Pod>> {
        self.running(self.setting.cluster.pods(), &format!("app.kubernetes.io/name={}", name(service))).await
    }
}
