//! Puts ids on the list of those that are erased: records of `delivery.erased`.

use super::found::Findings;
use super::who::Who;
use crate::error::Error;
use crate::log::{Log, PURPOSE};
use crate::question::{self, Question, Sink};
use crate::source::Source;
use delivery_kafka::writer;
use delivery_messages::erased::Of;
use delivery_messages::{Erased, Millis, Topic, encode};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use std::time::Duration;

/// As many records are on their way at once.
const AT_ONCE: usize = 100;
/// The most ids that one reader in the cluster is told on its command line.
const MOST: usize = 1_000;
const QUEUE: Duration = Duration::from_secs(10);

/// Asks for ids to be listed.
pub struct List<'a> {
    /// Who is erased; it is no part of what is written.
    pub who: &'a Who,
    /// Ids of deliveries.
    pub deliveries: &'a [String],
    /// Ids of requests.
    pub requests: &'a [String],
    /// When it was asked for.
    pub at: Millis,
}

impl Question for List<'_> {
    type Item = ();
    type Done = usize;

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["erase".to_owned(), self.who.argument(), "--step=list".to_owned()];
        arguments.push(format!("--erased-at={}", self.at));
        arguments.extend(super::command::ids(self.deliveries, self.requests));
        arguments
    }

    async fn answer(&self, log: &Log, _: impl Sink<()>) -> Result<usize, Error> {
        // A topic that is not there would be waited for.
        log.offsets(Topic::Erased).await?;
        let (config, topic) = (log.config(), log.config().topic(Topic::Erased));
        let mut settings = writer::settings(config, PURPOSE)?;
        let producer: FutureProducer =
            settings.set("message.timeout.ms", "30000").create().map_err(delivery_kafka::ConnectionError::from)?;
        // Requests first: from then on none of them becomes a delivery.
        let ids = |ids: &[String], of| ids.iter().cloned().map(move |id| (id, of)).collect::<Vec<_>>();
        for ids in [ids(self.requests, Of::Request), ids(self.deliveries, Of::Delivery)] {
            let sending = ids.into_iter().map(|(id, of)| {
                let (producer, topic) = (producer.clone(), topic.clone());
                async move {
                    let value = encode(&Erased { erased_at: self.at, of })?;
                    let record = FutureRecord::to(&topic).key(&id).payload(&value).headers(writer::headers());
                    let sent = producer.send(record, Timeout::After(QUEUE)).await;
                    sent.map(drop).map_err(|(source, _)| Error::Kafka {
                        servers: config.bootstrap_servers.clone(),
                        what: format!("a record that it was to take for {topic}"),
                        source: Box::new(source),
                    })
                }
            });
            stream::iter(sending).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        Ok(self.deliveries.len() + self.requests.len())
    }
}

/// Lists all that was found.
///
/// # Errors
/// When Kafka does not take it all; it can be done again.
pub async fn list(source: &Source, who: &Who, found: &Findings, at: Millis) -> Result<(), Error> {
    let (deliveries, requests) = (found.delivery_ids(), found.request_ids());
    for requests in requests.chunks(MOST) {
        question::ask(source, &List { who, deliveries: &[], requests, at }, |()| Ok(())).await?;
    }
    for deliveries in deliveries.chunks(MOST) {
        question::ask(source, &List { who, deliveries, requests: &[], at }, |()| Ok(())).await?;
    }
    Ok(())
}
