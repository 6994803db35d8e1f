//! What the API server refused in a round: one object that it refuses, such as in a namespace that we lost our rights in, does not stop
//! the others.

use crate::error::Error;

/// The last refusal of a round.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Option<Error>);

impl Refusals {
    /// What succeeded; `None` for what the API server refused, which is left to a later round.
    ///
    /// # Errors
    /// What would stop the others too, such as a server that does not answer.
    pub(crate) fn skip<T>(&mut self, outcome: Result<T, Error>) -> Result<Option<T>, Error> {
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(error @ Error::Api(_)) => {
                self.0 = Some(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The end of the round.
    ///
    /// # Errors
    /// The last refusal, if there was one.
    pub(crate) fn end(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), Err)
    }
}
