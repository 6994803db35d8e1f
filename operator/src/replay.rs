//! Reads what Kafka holds, and follows it: the plans, the routes, the states and the erased ids.
//!
//! A standby does so too, so that it knows all when it is its turn. Then it reads to the ends once more, behind the last word of
//! the one before, and only then decides. The erased ids it reads when it leads: the topic may be of this release, and a standby
//! that waited for it would wait for a leader that does not make it.

use crate::context::Context;
use crate::plans::Heard;
use crate::tail::Tail;
use crate::wake::Wake;
use delivery_kafka::{Event, ReadError, Reader};
use delivery_messages::{Erased, Millis, Plan, Route, State, TRACEPARENT_HEADER, Topic, decode};
use futures::future::try_join_all;
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};

/// Reads for ever. `warm` is called when what a standby reads has been read to its end for the first time. The context's `log_read`
/// becomes true when this process leads and all has been read to its end since.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn run(context: &Context, wake: &Wake, warm: impl FnOnce()) -> Result<(), ReadError> {
    let mut tails = vec![
        Tail::new(Topic::Plan, "operator-plan"),
        Tail::new(Topic::Catalogue, "operator-catalogue"),
        Tail::new(Topic::State, "operator-state"),
    ];
    catch_up(context, &mut tails).await?;
    warm();
    let mut leading = context.leading.clone();
    tokio::select! {
        leads = leading.wait_for(|leads| *leads) => drop(leads),
        outcome = follow(context, &mut tails, |_| ()) => return outcome,
    }
    tails.push(Tail::new(Topic::Erased, "operator-erased"));
    catch_up(context, &mut tails).await?;
    context.log_read.send_replace(true);
    tracing::info!("The state of the deliveries has been read from Kafka.");
    follow(context, &mut tails, |id| {
        if let Some((namespace, name)) = context.plans.object(id) {
            wake.delivery(&namespace, &name);
        }
    })
    .await
}

async fn catch_up(context: &Context, tails: &mut [Tail]) -> Result<(), ReadError> {
    let kafka = &context.config.kafka;
    let all = tails.iter_mut().map(|tail| {
        let topic = tail.topic();
        tail.catch_up(kafka, move |record| drop(take(context, topic, record)))
    });
    try_join_all(all).await.map(drop)
}

/// Reads on for ever; `news` is called with the id of a delivery that must be looked at.
async fn follow(context: &Context, tails: &mut [Tail], news: impl Fn(&str)) -> Result<(), ReadError> {
    let kafka = &context.config.kafka;
    let starts: Vec<_> = tails.iter().flat_map(|tail| tail.starts(kafka)).collect();
    let reader = Reader::open(kafka, "operator-log", &starts)?;
    loop {
        let Event::Record(record) = reader.next().await? else { continue };
        let Some(topic) = kafka.topics().topic(record.topic()) else { continue };
        tails.iter_mut().filter(|tail| tail.topic() == topic).for_each(|tail| tail.passed(&record));
        if let Some(id) = take(context, topic, &record) {
            news(&id);
        }
    }
}

/// Takes a record; tells the delivery that must be looked at because of it. What cannot be read is counted and left out.
fn take(context: &Context, topic: Topic, record: &BorrowedMessage<'_>) -> Option<String> {
    let Some(key) = record.key().and_then(|key| std::str::from_utf8(key).ok()) else {
        context.metrics.unreadable(topic);
        return None;
    };
    let (value, at) = (record.payload(), record.timestamp().to_millis().unwrap_or_default());
    let looked_at = match topic {
        Topic::Plan => plan(context, key, value, Heard { at, trace: trace(record) }),
        Topic::State => state(context, key, value, at),
        Topic::Erased => erased(context, key, value).map(|()| false),
        _ => route(context, key, value, at).map(|()| false),
    };
    match looked_at {
        Ok(looked_at) => looked_at.then(|| key.to_owned()),
        Err(error) => {
            context.metrics.unreadable(topic);
            tracing::warn!(key, topic = topic.name(), %error, "A record is left out.");
            None
        }
    }
}

fn plan(
    context: &Context,
    key: &str,
    value: Option<&[u8]>,
    heard: Heard,
) -> Result<bool, delivery_messages::DecodeError> {
    if let Some(value) = value {
        return Ok(context.plans.read(decode::<Plan>(Topic::Plan, Some(value))?, heard));
    }
    if context.plans.removed(key) {
        context.lingering.note(Topic::Plan, key, heard.at);
    }
    Ok(false)
}

fn state(
    context: &Context,
    key: &str,
    value: Option<&[u8]>,
    at: Millis,
) -> Result<bool, delivery_messages::DecodeError> {
    let state = value.map(|value| decode::<State>(Topic::State, Some(value))).transpose()?;
    let removed = state.is_none();
    let looked_at = context.states.read(key, state, at);
    if removed && looked_at {
        context.lingering.note(Topic::State, key, at);
    }
    Ok(looked_at)
}

fn erased(context: &Context, key: &str, value: Option<&[u8]>) -> Result<(), delivery_messages::DecodeError> {
    let erased = value.map(|value| decode::<Erased>(Topic::Erased, Some(value))).transpose()?;
    context.erased.read(key, erased.is_some());
    Ok(())
}

fn route(context: &Context, key: &str, value: Option<&[u8]>, at: Millis) -> Result<(), delivery_messages::DecodeError> {
    match value {
        Some(value) => context.catalogue.read(key, &decode::<Route>(Topic::Catalogue, Some(value))?, Some(at)),
        None => context.catalogue.removed(key),
    }
    Ok(())
}

/// The trace context of a record.
pub fn trace(record: &BorrowedMessage<'_>) -> Option<String> {
    let headers = record.headers()?;
    let found = headers.iter().find(|header| header.key == TRACEPARENT_HEADER)?;
    std::str::from_utf8(found.value?).ok().filter(|text| crate::trace::is_valid(text)).map(str::to_owned)
}
