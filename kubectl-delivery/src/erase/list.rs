//! Adds ids to the lists of what is erased: records of `delivery.erased`, and of `customer.erased`.

use std::time::Duration;

use delivery_kafka::ConnectionError;
use delivery_kafka::write::writer;
use delivery_messages::deliveries::erased::Of;
use delivery_messages::{CustomerErased, Erased, Millis, Topic, encode};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

use super::arguments;
use super::found::Findings;
use super::person::Person;
use crate::base::Error;
use crate::log::execute;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::{LogError, LogReader, PURPOSE};
use crate::log::source::LogSource;

/// The maximum number of records in flight.
const CONCURRENCY: usize = 100;
/// The maximum number of ids on the command line of a Job in the cluster.
const MAX_IDS: usize = 1_000;
const QUEUE_TIMEOUT: Duration = Duration::from_secs(10);

/// Adds ids to the list; answers with their number.
pub(crate) struct ListQuery<'a> {
    /// Not part of the records.
    pub(crate) person: &'a Person,
    pub(crate) deliveries: &'a [String],
    /// Ids of start requests.
    pub(crate) requests: &'a [String],
    /// When the erasure was requested.
    pub(crate) at: Millis,
}

impl Query for ListQuery<'_> {
    type Item = ();
    type Done = usize;

    fn arguments(&self) -> Vec<String> {
        let mut all = vec!["erase".to_owned(), self.person.argument(), "--step=list".to_owned()];
        all.push(format!("--erased-at={}", self.at));
        all.extend(arguments::ids(self.deliveries, self.requests));
        all
    }

    async fn answer(&self, log: &LogReader, _: impl ItemHandler<()>) -> Result<usize, Error> {
        // The producer would wait for a topic that does not exist.
        log.bounds(Topic::Erased).await?;
        let (producer, topic) = (producer(log)?, log.config().topic(Topic::Erased));
        // Requests first, so that none of them becomes a delivery from then on.
        let ids = |ids: &[String], of| ids.iter().cloned().map(move |id| (id, of)).collect::<Vec<_>>();
        for ids in [ids(self.requests, Of::Request), ids(self.deliveries, Of::Delivery)] {
            let sending = ids.into_iter().map(|(id, of)| {
                let (producer, topic) = (producer.clone(), topic.clone());
                async move {
                    let value = encode(&Erased { erased_at: self.at, of })?;
                    let record = FutureRecord::to(&topic).key(&id).payload(&value).headers(writer::headers());
                    let sent = producer.send(record, Timeout::After(QUEUE_TIMEOUT)).await;
                    sent.map(drop).map_err(|(source, _)| log.unavailable(&format!("a record for {topic}"), source))?;
                    Ok::<_, Error>(())
                }
            });
            stream::iter(sending).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        }
        Ok(self.deliveries.len() + self.requests.len())
    }
}

/// Adds a customer to the list of those who are to be forgotten.
pub(crate) struct ForgetQuery<'a> {
    pub(crate) person: &'a Person,
    /// When the erasure was requested.
    pub(crate) at: Millis,
}

impl Query for ForgetQuery<'_> {
    type Item = ();
    type Done = ();

    fn arguments(&self) -> Vec<String> {
        let step = ["erase".to_owned(), self.person.argument(), "--step=forget".to_owned()];
        step.into_iter().chain([format!("--erased-at={}", self.at)]).collect()
    }

    async fn answer(&self, log: &LogReader, _: impl ItemHandler<()>) -> Result<(), Error> {
        let Some(id) = self.person.customer() else { return Ok(()) };
        // The producer would wait for a topic that does not exist.
        log.bounds(Topic::CustomerErased).await?;
        let (producer, topic) = (producer(log)?, log.config().topic(Topic::CustomerErased));
        let value = encode(&CustomerErased { erased_at: self.at })?;
        let record = FutureRecord::to(&topic).key(id).payload(&value).headers(writer::headers());
        let sent = producer.send(record, Timeout::After(QUEUE_TIMEOUT)).await;
        sent.map(drop).map_err(|(source, _)| log.unavailable(&format!("a record for {topic}"), source))?;
        Ok(())
    }
}

fn producer(log: &LogReader) -> Result<FutureProducer, LogError> {
    let mut settings = writer::settings(log.config(), PURPOSE)?;
    Ok(settings.set("message.timeout.ms", "30000").create().map_err(ConnectionError::from)?)
}

/// Adds all findings to the list. After an error it can be repeated.
pub(crate) async fn list(source: &LogSource, person: &Person, found: &Findings, at: Millis) -> Result<(), Error> {
    let (deliveries, requests) = (found.delivery_ids(), found.request_ids());
    for requests in requests.chunks(MAX_IDS) {
        execute::query(source, &ListQuery { person, deliveries: &[], requests, at }, |()| Ok(())).await?;
    }
    for deliveries in deliveries.chunks(MAX_IDS) {
        execute::query(source, &ListQuery { person, deliveries, requests: &[], at }, |()| Ok(())).await?;
    }
    Ok(())
}
