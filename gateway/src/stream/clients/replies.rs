//! The replies on their way to one connection: a bounded queue, which takes memory only while it holds some. Most clients never ask for
//! anything, and there are thousands of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use delivery_observability::locks::lock;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The maximum number of replies queued for a client that does not read.
const MAX: usize = 16;

/// The queue, shared by the connection and those who reply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replies(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    texts: Mutex<VecDeque<Utf8Bytes>>,
    added: Notify,
}

impl Replies {
    /// Adds a reply; false if the client has too many unread ones to get it. It sees the delivery itself.
    pub(crate) fn add(&self, text: Utf8Bytes) -> bool {
        let mut texts = lock(&self.0.texts);
        let has_room = texts.len() < MAX;
        if has_room {
            texts.push_back(text);
            self.0.added.notify_one();
        }
        has_room
    }

    /// Adds a reply that also says what those that found no room would have said. It finds room in any case: one place is kept for it, which
    /// a newer one takes over.
    pub(crate) fn add_surely(&self, text: Utf8Bytes) {
        let mut texts = lock(&self.0.texts);
        if texts.len() > MAX {
            texts.pop_back();
        }
        texts.push_back(text);
        self.0.added.notify_one();
    }

    /// Waits for the next reply. Cancel safe.
    pub(crate) async fn next(&self) -> Utf8Bytes {
        loop {
            if let Some(text) = self.take() {
                return text;
            }
            self.0.added.notified().await;
        }
    }

    fn take(&self) -> Option<Utf8Bytes> {
        let mut texts = lock(&self.0.texts);
        let text = texts.pop_front();
        if texts.is_empty() {
            *texts = VecDeque::new();
        }
        text
    }
}

#[cfg(test)]
#[path = "tests/replies.rs"]
mod tests;
