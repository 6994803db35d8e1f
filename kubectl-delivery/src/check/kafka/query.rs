//! Asks Kafka how the topics are: from here, or as a Job in the cluster. What follows is decided in [`super::topics`].

use std::collections::BTreeMap;
use std::sync::Arc;

use delivery_kafka::ConnectionError;
use delivery_kafka::connect::context::Context;
use delivery_kafka::topics::description::describe;
use delivery_kafka::topics::topology::Found;
use delivery_messages::Topic;
use rdkafka::admin::AdminClient;

use crate::base::Error;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::{LogError, LogReader, PURPOSE};

/// Asks for all topics that an installation may have.
pub(crate) struct TopicsQuery;

impl Query for TopicsQuery {
    type Item = ();
    /// Those that exist, by their full names.
    type Done = BTreeMap<String, Found>;

    fn arguments(&self) -> Vec<String> {
        vec!["check".to_owned()]
    }

    async fn answer(&self, log: &LogReader, _: impl ItemHandler<()>) -> Result<Self::Done, Error> {
        let config = log.config();
        let client = config.client(PURPOSE).map_err(LogError::from)?;
        let admin: AdminClient<Context> =
            client.create_with_context(Context).map_err(ConnectionError::from).map_err(LogError::from)?;
        let names: Vec<_> = Topic::ALL.into_iter().chain(Topic::PURCHASES).map(|topic| config.topic(topic)).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let found = describe(&Arc::new(admin), &names).await;
        Ok(found.map_err(|source| log.unavailable("its topics", source))?)
    }
}
