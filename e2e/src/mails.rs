//! The mails that arrived at the demo's mail server, by its API behind the entrance.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{PATIENCE, entrance};

/// How many mails of one address are looked at.
const LIMIT: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(200);

/// A mail in the list of those that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The mail server's id of it.
    pub id: String,
    /// The header Message-ID, without `<` and `>`.
    pub message_id: String,
    /// The subject.
    pub subject: String,
    /// How many files are attached.
    pub attachments: u64,
}

/// The mails to this address, the newest first.
///
/// # Errors
/// When the mail server does not answer, or not as expected.
pub async fn to(address: &str) -> Result<Vec<Summary>> {
    let path = format!("/mail/api/v1/search?query=to%3A%22{}%22&limit={LIMIT}", address.replace('@', "%40"));
    let found = entrance::get(&path).await?;
    let messages = found["messages"].as_array().context("the mail server's answer has no messages")?;
    messages
        .iter()
        .map(|mail| {
            let text =
                |field: &str| mail[field].as_str().map(str::to_owned).with_context(|| format!("no {field}: {mail}"));
            Ok(Summary {
                id: text("ID")?,
                message_id: text("MessageID")?.trim_matches(['<', '>']).to_owned(),
                subject: text("Subject")?,
                attachments: mail["Attachments"].as_u64().context("a mail has a number of attachments")?,
            })
        })
        .collect()
}

/// Waits until this many of the mails to this address have a file attached, as invoices do, and returns those.
///
/// # Errors
/// When there are fewer in time; the error has those that arrived.
pub async fn with_files(address: &str, count: usize) -> Result<Vec<Summary>> {
    let begun = Instant::now();
    loop {
        let mails =
            to(address).await.map(|mails| mails.into_iter().filter(|mail| mail.attachments > 0).collect::<Vec<_>>());
        if let Ok(mails) = &mails
            && mails.len() >= count
        {
            return Ok(mails.clone());
        }
        if begun.elapsed() > PATIENCE {
            bail!("after {PATIENCE:?}, not {count} mails with a file have arrived at {address}: {mails:?}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A whole mail: its texts (`Text`, `HTML`) and the list of its files (`Attachments`).
///
/// # Errors
/// When there is none.
pub async fn whole(mail: &Summary) -> Result<Value> {
    entrance::get(&format!("/mail/api/v1/message/{}", mail.id)).await
}

/// The headers of a mail, by name; each has a list of values.
///
/// # Errors
/// When there is no such mail.
pub async fn headers(mail: &Summary) -> Result<Value> {
    entrance::get(&format!("/mail/api/v1/message/{}/headers", mail.id)).await
}

/// The content of an attached file.
///
/// # Errors
/// When there is none.
pub async fn file(mail: &Summary, part: &str) -> Result<Bytes> {
    let path = format!("/mail/api/v1/message/{}/part/{part}", mail.id);
    match entrance::send(Method::GET, &path, &[], Bytes::new()).await? {
        (StatusCode::OK, content) => Ok(content),
        (status, content) => bail!("GET {path} answers {status}: {}", String::from_utf8_lossy(&content)),
    }
}

/// Makes the mail server answer every recipient with this code, such as 550, or with none any more.
///
/// # Errors
/// When it does not take that.
pub async fn refuse(code: Option<u16>) -> Result<()> {
    let trigger = code.map(|code| json!({"Recipient": {"ErrorCode": code, "Probability": 100}}));
    let body = trigger.unwrap_or_else(|| json!({}));
    match entrance::ask(Method::PUT, "/mail/api/v1/chaos", Some(&body)).await? {
        (StatusCode::OK, _) => Ok(()),
        (status, answer) => bail!("the mail server answers {status}: {answer}"),
    }
}
