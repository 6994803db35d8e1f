//! Has the mail server refuse mails for a while, by its own chaos mode.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use delivery_e2e::mails;

/// "Try again later", to SMTP's command RCPT.
const LATER: u16 = 451;

/// Whether the mail server has been told to refuse mails, and not to take them again.
#[derive(Debug, Default)]
pub(crate) struct Refusals(AtomicBool);

impl Refusals {
    /// Has the mail server refuse every recipient for a while.
    pub(super) async fn refuse(&self, away: Duration) -> Result<String> {
        self.0.store(true, Ordering::Relaxed);
        mails::refuse(Some(LATER)).await?;
        tokio::time::sleep(away).await;
        self.end().await?;
        Ok(format!("{LATER} to every recipient for {away:?}"))
    }

    /// Has it take mails again, if it was told not to.
    pub(crate) async fn end(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            mails::refuse(None)
                .await
                .context("the mail server may still refuse mails; it takes them after a restart")?;
            self.0.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}
