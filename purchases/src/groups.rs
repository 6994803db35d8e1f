//! Who reads `compra`, and how far each is behind, for whoever wants to see it: what Kafka says of its consumer groups.
//!
//! Nothing here depends on it. However many ask, Kafka is asked once in a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::KafkaConfig;
use delivery_kafka::consume::groups::{GroupLag, Groups};
use delivery_messages::Topic;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

/// For how long an answer is good.
const FRESH: Duration = Duration::from_secs(2);

/// Kafka did not say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unknown(String);

type Answer = Result<Vec<GroupLag>, Unknown>;

/// The groups that read `compra`.
pub(crate) struct Readers {
    /// The topic's full name.
    pub topic: String,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    groups: Groups,
    last: Option<(Instant, Answer)>,
}

impl Readers {
    /// Nothing is asked yet.
    pub(crate) fn new(config: KafkaConfig) -> Self {
        let topic = config.topic(Topic::Purchase);
        let groups = Groups::of(config, "code-delivery-purchases", topic.clone());
        Self { topic, seen: Arc::new(Mutex::new(Seen { groups, last: None })) }
    }

    /// The groups as they are now, or were a moment ago.
    ///
    /// # Errors
    /// When Kafka does not answer.
    pub(crate) async fn look(&self) -> Answer {
        let mut seen = Arc::clone(&self.seen).lock_owned().await;
        if let Some((at, answer)) = &seen.last
            && at.elapsed() < FRESH
        {
            return answer.clone();
        }
        // The lock goes with the question, so that there is one at a time even when those who asked have gone.
        let asked = spawn_blocking(move || {
            let answer = seen.groups.look().map_err(|error| Unknown(error.to_string()));
            seen.last = Some((Instant::now(), answer.clone()));
            answer
        });
        asked.await.unwrap_or_else(|error| Err(Unknown(error.to_string())))
    }
}
