//! Undoes what faults have left behind. Injecting them is left to [`super::inject`].

use std::sync::atomic::Ordering;

use anyhow::{Context, Result};

use super::injector::Injector;
use super::shell::shell;

impl Injector {
    /// Undoes what this program has done and not undone: what is stopped goes on, what is killed on the node is restarted, the indices are
    /// writable, the operator has its rights, and the mail server takes mails. Tries all of it.
    ///
    /// # Errors
    /// The first that failed.
    pub(crate) async fn mend(&self) -> Result<()> {
        // The API server first: what follows needs it.
        let mended = [
            self.thaw().await,
            self.silenced.go_on().await,
            self.restart_node().await,
            self.unlock().await,
            self.give_rights_back().await,
            self.refusals.end().await,
        ];
        mended.into_iter().collect()
    }

    async fn thaw(&self) -> Result<()> {
        let Some(api_server) = &self.api_server else { return Ok(()) };
        api_server.thaw().await.context("the API server may still be frozen; make demo restarts it")
    }

    /// Restarts what was killed on the node, if anything was.
    pub(super) async fn restart_node(&self) -> Result<()> {
        if let Some(command) = &self.mend_node
            && self.broken.load(Ordering::Relaxed)
        {
            shell(command).await?;
            self.broken.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn unlock(&self) -> Result<()> {
        let Some(sink) = &self.sink else { return Ok(()) };
        sink.unlock().await
    }

    async fn give_rights_back(&self) -> Result<()> {
        let Some(rights) = &self.rights else { return Ok(()) };
        rights.restore(&self.setting).await
    }
}
