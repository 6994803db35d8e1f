//! Reads what Kafka holds when the operator starts, and follows what the simulators say.

use crate::context::Context;
use crate::wake::Wake;
use crate::{catalogue, states};
use delivery_kafka::ReadError;
use delivery_messages::{Plan, Topic};
use rdkafka::Message;

/// Reads plans and routes once, for only this process writes them, and follows the states for ever. `caught_up` is called when
/// all three have been read to their ends.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn run(context: &Context, wake: &Wake, caught_up: impl FnOnce()) -> Result<(), ReadError> {
    let kafka = &context.config.kafka;
    let (reader, _) = states::open(kafka, Topic::Plan, "operator-plan").await?;
    let plans = reader.read_to_end(|record| read_plan(context, record.key(), record.payload()));
    tokio::try_join!(plans, catalogue::read_all(kafka, &context.catalogue))?;
    drop(reader);
    let caught_up = || {
        caught_up();
        context.log_read.send_replace(true);
        tracing::info!("The state of the deliveries has been read from Kafka.");
    };
    let changed = |id: &str| {
        if let Some((namespace, name)) = context.plans.object(id) {
            wake.delivery(&namespace, &name);
        }
    };
    states::follow(kafka, &context.states, &context.metrics, caught_up, changed).await
}

fn read_plan(context: &Context, key: Option<&[u8]>, value: Option<&[u8]>) {
    let key = key.map(String::from_utf8_lossy).unwrap_or_default();
    match value.map(|value| delivery_messages::decode::<Plan>(Topic::Plan, Some(value))) {
        Some(Ok(plan)) => context.plans.read(plan),
        Some(Err(error)) => {
            context.metrics.unreadable(Topic::Plan);
            tracing::warn!(%key, %error, "A record of delivery.plan is left out.");
        }
        None => context.plans.removed(&key),
    }
}
