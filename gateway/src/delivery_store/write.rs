//! Carries statements out in `MongoDB`.
//!
//! It asks for the documents' versions, leaves out what is older and writes the rest in one command. A collision with another
//! replica is answered by doing it again, when the documents tell who was newer. What the server refuses is found by writing
//! one by one, and left out.

use std::collections::HashMap;
use std::slice;

use futures::TryStreamExt;
use mongodb::bson::Document;
use mongodb::error::Error;

use super::reader::History;
use super::statements::{Outcome, Statement, command, guards, outcome, versions};

/// How often a collision is tried again at once; another replica writes about once a second.
const ATTEMPTS: usize = 5;

/// What came of some statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// They told something new.
    pub written: usize,
    /// The documents knew as much, or more.
    pub older: usize,
    /// The server would not have them.
    pub refused: usize,
}

/// Why statements are to be written again.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// `MongoDB` is away or refuses altogether.
    #[error(transparent)]
    Mongodb(#[from] Error),
    /// Others write the same documents again and again.
    #[error("other replicas were writing the same deliveries")]
    Collision,
}

impl History {
    /// Writes statements of one collection, as many as one command may carry.
    ///
    /// # Errors
    /// When they are to be written again; to write some of them twice does no harm.
    pub async fn write(&self, collection: &str, statements: &[Statement]) -> Result<Written, WriteError> {
        for _ in 0..ATTEMPTS {
            let newer = self.newer(collection, statements).await?;
            let older = statements.len() - newer.len();
            match self.carry_out(collection, &newer).await? {
                Outcome::Written => return Ok(Written { written: newer.len(), older, refused: 0 }),
                Outcome::Collision => {}
                Outcome::Refused(reason) => {
                    tracing::error!(collection, reason, "MongoDB refuses a statement of the history; it is left out.");
                    return self.one_by_one(collection, statements).await;
                }
            }
        }
        Err(WriteError::Collision)
    }

    async fn one_by_one(&self, collection: &str, statements: &[Statement]) -> Result<Written, WriteError> {
        let mut all = Written::default();
        for statement in statements {
            let newer = self.newer(collection, slice::from_ref(statement)).await?;
            match self.carry_out(collection, &newer).await? {
                Outcome::Written if newer.is_empty() => all.older += 1,
                Outcome::Written => all.written += 1,
                Outcome::Collision => return Err(WriteError::Collision),
                Outcome::Refused(_) => all.refused += 1,
            }
        }
        Ok(all)
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

    async fn carry_out(&self, collection: &str, statements: &[Statement]) -> Result<Outcome, Error> {
        if statements.is_empty() {
            return Ok(Outcome::Written);
        }
        Ok(outcome(&self.database().run_command(command(collection, statements)).await?))
    }
}
