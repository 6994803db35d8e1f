//! Freezes the API server for longer than the operator's Lease: deliveries go on, and afterwards an operator leads again by itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use crate::evidence::activity::ActivityWatch;
use crate::faults::shell::shell;
use crate::faults::trial::{Hit, Trial, time_until};
use crate::setting::Setting;

/// A frozen API server does not answer for this long.
const NO_ANSWER: Duration = Duration::from_secs(5);
/// How long the API server may take to answer again, and an operator to lead again.
const ANSWERS: Duration = Duration::from_secs(30);
const LEAD: Duration = Duration::from_secs(90);
/// A Lease that was not renewed for this long has no holder any more.
const LEASE: Duration = Duration::from_mins(1);

/// The API server's process, which two shell commands stop and let go on.
pub(crate) struct ApiServer {
    freeze: String,
    thaw: String,
    is_frozen: AtomicBool,
}

impl ApiServer {
    /// With these commands.
    pub(crate) const fn new(freeze: String, thaw: String) -> Self {
        Self { freeze, thaw, is_frozen: AtomicBool::new(false) }
    }

    /// Freezes it for a while, and watches the recovery.
    ///
    /// # Errors
    /// When it was not frozen all the time.
    pub(crate) async fn freeze(&self, setting: &Setting, activity: &ActivityWatch) -> Result<Hit> {
        let leases: Api<Lease> = Api::default_namespaced(setting.cluster.client.clone());
        let list = async || leases.list(&ListParams::default()).await;
        let recently = jiff::Timestamp::now() - LEASE;
        let before = list().await?.items.into_iter().filter(|lease| is_held(lease, recently));
        let before: Vec<_> = before.map(|lease| lease.name_any()).collect();
        let frozen = self.frozen(setting).await;
        let silence = activity.with(|activity| activity.silence(Instant::now()));
        self.thaw().await?;
        frozen?;
        let thawed = jiff::Timestamp::now();
        let mut trial = Trial::default();
        trial.steady(silence, "the API server was frozen");
        let answers = async || setting.cluster.client.apiserver_version().await.is_ok();
        trial.recovered("the API server answers", time_until(ANSWERS, answers).await, ANSWERS);
        let lead = async || {
            let Ok(found) = list().await else { return false };
            let renewed = found.items.iter().filter(|lease| is_held(lease, thawed));
            let renewed: Vec<_> = renewed.map(ResourceExt::name_any).collect();
            before.iter().all(|lease| renewed.contains(lease))
        };
        let every = format!("every Lease is held again ({})", before.join(", "));
        trial.recovered(every, time_until(LEAD, lead).await, LEAD);
        Ok(Hit { target: format!("for {:?}", setting.size.frozen), trial: Some(trial) })
    }

    async fn frozen(&self, setting: &Setting) -> Result<()> {
        self.is_frozen.store(true, Ordering::Relaxed);
        shell(&self.freeze).await?;
        self.expect_no_answer(setting, "at first").await?;
        tokio::time::sleep(setting.size.frozen.saturating_sub(2 * NO_ANSWER)).await;
        self.expect_no_answer(setting, "to the last").await
    }

    async fn expect_no_answer(&self, setting: &Setting, when: &str) -> Result<()> {
        let answer = tokio::time::timeout(NO_ANSWER, setting.cluster.client.apiserver_version()).await;
        ensure!(
            !matches!(answer, Ok(Ok(_))),
            "the API server answered although {} has stopped its process; expected no answer within {NO_ANSWER:?}, {when}",
            self.freeze
        );
        Ok(())
    }

    /// Lets it go on, if this program has frozen it.
    pub(crate) async fn thaw(&self) -> Result<()> {
        if self.is_frozen.load(Ordering::Relaxed) {
            shell(&self.thaw).await?;
            self.is_frozen.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether a Lease has a holder that has renewed it since.
fn is_held(lease: &Lease, since: jiff::Timestamp) -> bool {
    lease.spec.as_ref().is_some_and(|spec| {
        let has_holder = spec.holder_identity.as_ref().is_some_and(|holder| !holder.is_empty());
        has_holder && spec.renew_time.as_ref().is_some_and(|renewed| renewed.0 > since)
    })
}

#[cfg(test)]
#[path = "tests/api_server.rs"]
mod tests;
