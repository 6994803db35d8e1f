//! What a command needs from the log, so that it can be answered here or elsewhere.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reader::LogReader;
use crate::base::Error;

/// Takes the items of an answer one by one.
pub(crate) trait ItemHandler<I>: FnMut(I) -> Result<(), Error> {}
impl<I, F: FnMut(I) -> Result<(), Error>> ItemHandler<I> for F {}

/// A question that the log can answer.
pub(crate) trait Query {
    /// An answer has any number of items,
    type Item: Serialize + DeserializeOwned;
    /// and one conclusion at its end.
    type Done: Serialize + DeserializeOwned;

    /// The same query as arguments of this program, without how Kafka is reached.
    fn arguments(&self) -> Vec<String>;

    fn answer(
        &self,
        log: &LogReader,
        each: impl ItemHandler<Self::Item>,
    ) -> impl Future<Output = Result<Self::Done, Error>>;
}
