//! What clients send, as what the use cases take. Pure.

use std::collections::{BTreeSet, HashMap};

use delivery_http_server::Problem;
use delivery_messages::Millis;
use delivery_messages::records::text::cut;
use delivery_messages::sales::purchase::Language;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use warp::http::StatusCode;

use crate::domain::channel::Channel;
use crate::domain::ids::{NotificationId, RecipientId};
use crate::domain::recipient::Recipient;
use crate::domain::text::{Category, Content, Email, Link};
use crate::domain::use_cases::Request;

/// The maximum number of bytes of the JSON reader's message that is repeated.
const MAX_QUOTED: usize = 300;

/// The parameters of a URL by name.
pub(crate) type Parameters = HashMap<String, String>;

/// The body of `POST /notifications`. As in Kafka, fields that are not known are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    recipient_id: String,
    content: String,
    category: String,
    link: Option<String>,
}

/// The body of `PUT /recipients/:id`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice {
    email: Option<String>,
    #[serde(default)]
    language: Language,
    #[serde(default = "every_channel")]
    channels: BTreeSet<Channel>,
}

fn every_channel() -> BTreeSet<Channel> {
    Channel::ALL.into()
}

/// The request in a body. The same `key` is the same notification; without one, each request is another.
///
/// # Errors
/// 400 when it is not JSON, 422 when a value is missing or not allowed.
pub(crate) fn request(body: &[u8], key: Option<&str>, trace: Option<&str>, at: Millis) -> Result<Request, Problem> {
    let Asked { recipient_id, content, category, link } = json(body, "a notification")?;
    Ok(Request {
        id: key.map_or_else(|| Ok(NotificationId::random()), NotificationId::of_key)?,
        recipient: RecipientId::read("recipientId", &recipient_id)?,
        content: Content::new(content)?,
        category: Category::new(category)?,
        link: link.map(Link::new).transpose()?,
        at,
        trace: trace.map(str::to_owned),
    })
}

/// What a recipient has chosen.
///
/// # Errors
/// 400 when it is not JSON, 422 when a value is not allowed.
pub(crate) fn choice(id: RecipientId, body: &[u8]) -> Result<Recipient, Problem> {
    let Choice { email, language, channels } = json(body, "what a recipient can choose")?;
    Ok(Recipient { id, email: email.map(Email::new).transpose()?, language, channels })
}

fn json<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, Problem> {
    delivery_messages::object(body).map_err(|error| {
        let text = error.to_string();
        let text = cut(&text, MAX_QUOTED);
        if error.is_data() {
            let message = format!("The body is not {what}: {text}. Write the fields that the API asks for.");
            return Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "InvalidBody", message);
        }
        let message = format!("The body is not JSON: {text}. Send an object.");
        Problem::new(StatusCode::BAD_REQUEST, "NotJson", message)
    })
}

#[cfg(test)]
#[path = "tests/input.rs"]
mod tests;
