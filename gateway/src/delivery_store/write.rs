//! Executes statements in `MongoDB`.
//!
//! It reads the documents' versions, drops the statements that are older and writes the rest in one command. After a
//! collision with another replica it starts over, now that the versions show which was newer. When the server refuses a
//! command, the statements are written one by one, and the refused ones are skipped. On a server that updates in steps all are written
//! one by one, each right after its document was read.

use std::collections::HashMap;
use std::slice;

use futures::TryStreamExt;
use mongodb::bson::Document;
use mongodb::error::Error;

use super::client::DeliveryStore;
use super::statements::{Outcome, Statement, Updates, command, guards, outcome, versions};

/// Attempts after collisions; another replica writes about once a second.
const ATTEMPTS: usize = 5;

/// The counts of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteCounts {
    /// Statements that changed their document.
    pub written: usize,
    /// Statements whose document was as new or newer.
    pub older: usize,
    /// Statements that the server refused.
    pub refused: usize,
}

/// Why statements must be written again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// `MongoDB` does not respond, or refuses the command.
    #[error(transparent)]
    Mongodb(#[from] Error),
    /// Other replicas kept writing the same documents.
    #[error("other replicas were writing the same deliveries")]
    Collision,
}

impl DeliveryStore {
    /// Writes statements of one collection, at most as many as fit one command.
    ///
    /// # Errors
    /// When they must be written again; writing some of them twice does no harm.
    pub(crate) async fn write(&self, collection: &str, statements: &[Statement]) -> Result<WriteCounts, WriteError> {
        if self.updates() == Updates::InSteps {
            return self.one_by_one(collection, statements).await;
        }
        for _ in 0..ATTEMPTS {
            let newer = self.newer(collection, statements).await?;
            let older = statements.len() - newer.len();
            match self.execute(collection, &newer).await? {
                Outcome::Written => return Ok(WriteCounts { written: newer.len(), older, refused: 0 }),
                Outcome::Collision => {}
                Outcome::Refused(_) => return self.one_by_one(collection, statements).await,
            }
        }
        Err(WriteError::Collision)
    }

    async fn one_by_one(&self, collection: &str, statements: &[Statement]) -> Result<WriteCounts, WriteError> {
        let mut all = WriteCounts::default();
        for statement in statements {
            match self.write_one(collection, statement).await? {
                None => all.older += 1,
                Some(Outcome::Written) => all.written += 1,
                Some(Outcome::Collision) => return Err(WriteError::Collision),
                Some(Outcome::Refused(reason)) => {
                    tracing::error!(collection, reason, "MongoDB refused a statement; it is skipped.");
                    all.refused += 1;
                }
            }
        }
        Ok(all)
    }

    /// The outcome of a statement on its own; `None` when its document is as new or newer.
    async fn write_one(&self, collection: &str, statement: &Statement) -> Result<Option<Outcome>, Error> {
        for _ in 0..ATTEMPTS {
            let newer = self.newer(collection, slice::from_ref(statement)).await?;
            if newer.is_empty() {
                return Ok(None);
            }
            let outcome = self.execute(collection, &newer).await?;
            if outcome != Outcome::Collision {
                return Ok(Some(outcome));
            }
        }
        Ok(Some(Outcome::Collision))
    }

    async fn newer(&self, collection: &str, statements: &[Statement]) -> Result<Vec<Statement>, Error> {
        let documents = self.database().collection::<Document>(collection);
        let found: Vec<Document> =
            documents.find(versions(statements)).projection(guards()).await?.try_collect().await?;
        let found: HashMap<&str, &Document> =
            found.iter().filter_map(|document| Some((document.get_str("_id").ok()?, document))).collect();
        let is_newer = |statement: &&Statement| statement.is_newer(found.get(statement.id.as_str()).copied());
        Ok(statements.iter().filter(is_newer).cloned().collect())
    }

    async fn execute(&self, collection: &str, statements: &[Statement]) -> Result<Outcome, Error> {
        if statements.is_empty() {
            return Ok(Outcome::Written);
        }
        Ok(outcome(&self.database().run_command(command(collection, statements, self.updates())).await?))
    }
}
