//! Publishes plans, and the routes that they name, unless the topics hold them already.

use delivery_kafka::{Event, ReadError, Reader, Start};
use delivery_messages::records::partitioner;
use delivery_messages::{Plan, Route, Topic};
use jiff::Timestamp;
use rdkafka::{Message, Offset};

use crate::log::connection::Log;
use crate::log::spans::Publishing;
use crate::log::writer::WriteError;

impl Log {
    /// Makes sure that the log holds a plan, and its route before. The path inside a Delivery is written before its first plan even if the log
    /// holds it. Whether the plan had to be written.
    ///
    /// # Errors
    /// When Kafka does not accept one of them.
    pub(crate) async fn publish_plan(
        &self,
        plan: &Plan,
        traceparent: &str,
        route: Option<&Route>,
    ) -> Result<bool, WriteError> {
        let is_first = self.tables.plans.is_new(&plan.delivery_id);
        let since = Timestamp::now().as_millisecond();
        // Into the table of plans first: from then on the route is not removed.
        let missing = self.tables.plans.begin(plan, traceparent);
        match route {
            // Whoever follows the topics keeps such a path only while it is driven.
            Some(path) if is_first && path.is_inline() => self.publish_path(path).await?,
            Some(route) => self.publish_route(route).await?,
            None => {}
        }
        let Some(plan) = &missing else { return Ok(false) };
        let publishing = Publishing { plan, traceparent, is_first, since };
        let written = self.writer.write(Topic::Plan, &plan.delivery_id, plan, Some(traceparent)).await;
        publishing.ended(&written);
        written?;
        self.tables.plans.written(plan);
        Ok(true)
    }

    /// Makes sure that the catalogue holds a route. A plan that needs it must be in the table of plans before.
    ///
    /// # Errors
    /// When Kafka does not accept it.
    pub(crate) async fn publish_route(&self, route: &Route) -> Result<(), WriteError> {
        let catalogue = &self.tables.catalogue;
        if catalogue.missing(route).is_none() {
            return Ok(());
        }
        let _exclusive = self.catalogue_writes.lock().await;
        if let Some(missing) = catalogue.missing(route) {
            let key = missing.key();
            self.writer.write(Topic::Catalogue, &key, &missing, None).await?;
            catalogue.apply(&key, &missing, None);
        }
        Ok(())
    }

    /// Writes the path inside a Delivery to the catalogue, also when the topic holds it: just before its first plan.
    async fn publish_path(&self, path: &Route) -> Result<(), WriteError> {
        let catalogue = &self.tables.catalogue;
        let _exclusive = self.catalogue_writes.lock().await;
        let path = catalogue.missing(path).unwrap_or_else(|| catalogue.repeated(path));
        let key = path.key();
        self.writer.write(Topic::Catalogue, &key, &path, None).await?;
        catalogue.apply(&key, &path, None);
        Ok(())
    }

    /// Removes a route revision from the catalogue, unless a plan names it by now. Whether it did.
    ///
    /// # Errors
    /// When Kafka does not accept the tombstone. The revision counts as removed then, and is written again when it is needed.
    pub(crate) async fn remove_route(&self, key: &str) -> Result<bool, WriteError> {
        let _exclusive = self.catalogue_writes.lock().await;
        if !self.tables.catalogue.remove_unless(key, || self.tables.plans.routes().contains(key)) {
            return Ok(false);
        }
        self.writer.remove(Topic::Catalogue, key).await?;
        self.metrics.tombstone(Topic::Catalogue);
        Ok(true)
    }

    /// Reads one route revision from the catalogue; `None` when it is not there.
    ///
    /// # Errors
    /// When Kafka refuses and retrying will not help.
    pub(crate) async fn read_route(&self, key: &str) -> Result<Option<Route>, ReadError> {
        let (topic, purpose) = (self.kafka.topic(Topic::Catalogue), "operator-catalogue");
        let count = delivery_kafka::read::partitions::wait(&self.kafka, purpose, &topic).await?;
        let partition = partitioner::partition(key.as_bytes(), count);
        let reader = Reader::open(&self.kafka, purpose, &[Start { topic, partition, offset: Offset::Beginning }])?;
        let mut found = None;
        loop {
            match reader.next().await? {
                Event::End { .. } => return Ok(found),
                Event::Record(record) if record.key() == Some(key.as_bytes()) => {
                    found = delivery_messages::decode(Topic::Catalogue, record.payload()).ok();
                }
                Event::Record(_) => {}
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/publish.rs"]
mod tests;
