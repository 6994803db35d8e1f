//! What the purchase services, Kafka and the mail server have at the end, and the verdict on it, by the judge of `delivery-verify` that
//! `kubectl delivery verify --purchases` has as well.
//!
//! It reads by itself, as any client does, in the order that the judge asks for.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use delivery_e2e::entrance;
use delivery_kafka::KafkaConfig;
use delivery_messages::{Millis, Topic};
use delivery_verify::purchases::{
    Books, InvoicePage, InvoiceView, LogPart, LogRecord, Mail, MailHeaders, MailList, MailPage, PurchasePage,
    PurchaseView, PurchasesReport, judge,
};
use futures::{StreamExt, stream};
use hyper::{Method, StatusCode};
use rdkafka::message::Message;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::kafka;

const PAUSE: Duration = Duration::from_secs(2);
/// How many purchases are asked for at once.
const AT_ONCE: usize = 4;
/// How often what a service cannot answer now is asked again.
const BUSY: usize = 15;
/// The mails of one request.
const MAILS: usize = 200;
/// The maximum number of purchases, of invoices and of mails that are read again one by one.
const MAX_AGAIN: usize = 1_000;

/// What was found.
pub(crate) struct Proof {
    /// The verdict on all purchases of the installation.
    pub(crate) report: PurchasesReport,
    /// The ids of the purchases that are paid.
    pub(crate) approved: HashSet<String>,
}

/// Reads and judges, until there is nothing left to wait for or the time is up. These purchases must be through; others may be under way.
pub(crate) async fn prove(config: &KafkaConfig, ours: &HashSet<String>, wait: Duration) -> Result<Proof> {
    let began = Instant::now();
    // What is not settled by then, the verdict tells.
    let _ = timeout(wait, settled(ours)).await;
    let mut awaited: Option<HashSet<String>> = None;
    loop {
        let mut books = lists().await?;
        let awaited = awaited.get_or_insert_with(|| books.approved().union(ours).cloned().collect());
        // An invoice follows from an event, so its record is read first.
        books.issued = part(config, Topic::InvoiceIssued).await?;
        books.events = part(config, Topic::Purchase).await?;
        read_again(&mut books).await?;
        let approved = books.approved();
        books.newer = approved.difference(awaited).cloned().collect();
        let report = judge(&books);
        let waits = report.may_settle() || !ours.is_subset(&approved);
        if !waits || began.elapsed() > wait {
            return Ok(Proof { report, approved });
        }
        sleep(PAUSE).await;
    }
}

/// Waits until nothing more is to be done about the e-mails of these purchases. Each is asked for by its id, which costs little: so the
/// lists, of which a page may cost as much as all that there is, are not read again and again.
async fn settled(ours: &HashSet<String>) {
    let mut left: Vec<String> = ours.iter().cloned().collect();
    loop {
        let asked = stream::iter(left).map(|id| async move { (is_settled(&id).await, id) });
        let answers: Vec<(bool, String)> = asked.buffer_unordered(AT_ONCE).collect().await;
        left = answers.into_iter().filter(|(is_settled, _)| !is_settled).map(|(_, id)| id).collect();
        if left.is_empty() {
            return;
        }
        sleep(PAUSE).await;
    }
}

async fn is_settled(id: &str) -> bool {
    let answer = entrance::ask(Method::GET, &format!("/api/invoices/{id}"), None).await;
    answer.is_ok_and(|(status, invoice)| status == StatusCode::OK && has_ended(&invoice))
}

/// Whether nothing more is to be done about the e-mail of an invoice.
fn has_ended(invoice: &Value) -> bool {
    matches!(invoice["email"]["state"].as_str(), Some("SENT" | "BOUNCED" | "FAILED"))
}

/// The lists of the services and of the mail server. What follows from something else is read before it.
async fn lists() -> Result<Books> {
    let invoices = pages("/api/invoices", |page: InvoicePage| (page.invoices, page.next)).await?;
    let mails = Some(mails().await?);
    let purchases = pages("/api/purchases", |page: PurchasePage| (page.purchases, page.next)).await?;
    Ok(Books { purchases, invoices, mails, ..Books::default() })
}

/// All pages of a list; `split` takes the items and the next cursor out of one.
async fn pages<P: DeserializeOwned, T>(path: &str, split: impl Fn(P) -> (Vec<T>, Option<String>)) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = entrance::until(&format!("{path}?limit=200{after}"), |_| true).await?;
        let (items, next) = split(serde_json::from_value(page).with_context(|| format!("the answer to GET {path}"))?);
        let is_empty = items.is_empty();
        all.extend(items);
        match next {
            // A list that goes on without an item would go on for ever.
            Some(next) if !is_empty => after = format!("&cursor={next}"),
            _ => return Ok(all),
        }
    }
}

/// All mails, and of those that were sent twice what their headers say.
async fn mails() -> Result<Vec<Mail>> {
    let (mut all, mut start) = (MailList::default(), 0);
    loop {
        let path = format!("/mail/api/v1/messages?start={start}&limit={MAILS}");
        let page: MailPage = serde_json::from_value(entrance::until(&path, |_| true).await?)?;
        let count = all.add(page);
        start += count;
        if count < MAILS {
            break;
        }
    }
    for id in all.repeated().iter().take(MAX_AGAIN) {
        if let Some(headers) = one::<MailHeaders>(&format!("/mail/api/v1/message/{id}/headers")).await? {
            all.look_at(id, &headers);
        }
    }
    Ok(all.into_mails())
}

/// Reads once more what the log mentions and the lists did not have yet.
async fn read_again(books: &mut Books) -> Result<()> {
    let again = books.to_read_again();
    for id in again.invoices.iter().take(MAX_AGAIN) {
        books.invoices.extend(one::<InvoiceView>(&format!("/api/invoices/{id}")).await?);
    }
    for id in again.purchases.iter().take(MAX_AGAIN) {
        books.purchases.extend(one::<PurchaseView>(&format!("/api/purchases/{id}")).await?);
    }
    Ok(())
}

/// None: there is none, or its id can be none. What was killed may not answer at once.
async fn one<T: DeserializeOwned>(path: &str) -> Result<Option<T>> {
    let mut answer = entrance::ask(Method::GET, path, None).await;
    for _ in 0..BUSY {
        if !is_passing(&answer) {
            break;
        }
        sleep(PAUSE).await;
        answer = entrance::ask(Method::GET, path, None).await;
    }
    match answer? {
        (StatusCode::OK, value) => Ok(Some(serde_json::from_value(value)?)),
        (StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, _) => Ok(None),
        (status, answer) => bail!("GET {path} is answered with {status}: {answer}"),
    }
}

/// Whether there may be another answer in a moment.
fn is_passing(answer: &Result<(StatusCode, Value)>) -> bool {
    match answer {
        Ok((status, _)) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
        Err(_) => true,
    }
}

/// A topic, from its beginning to its end.
async fn part(config: &KafkaConfig, topic: Topic) -> Result<LogPart> {
    let ranges = kafka::ranges(config, topic, None).await?;
    let (mut records, mut oldest) = (Vec::new(), BTreeMap::new());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    kafka::read_ranges(config, topic, &ranges, |record| {
        let partition = record.partition();
        oldest.entry(partition).or_insert_with(|| record.timestamp().to_millis().unwrap_or(Millis::MIN));
        let key = record.key().and_then(|key| std::str::from_utf8(key).ok()).map(str::to_owned);
        records.push(LogRecord { partition, offset: record.offset(), key, value: record.payload().map(text) });
    })
    .await?;
    let lows = ranges.iter().map(|(partition, range)| (*partition, range.begin)).collect();
    Ok(LogPart { records, complete_since: LogPart::complete_since(&lows, &oldest) })
}

/// How many notifications each of these customers has, once it is as expected or the time is up.
pub(crate) async fn notifications(
    expected: &BTreeMap<String, usize>,
    wait: Duration,
) -> Result<BTreeMap<String, usize>> {
    let (began, mut found) = (Instant::now(), BTreeMap::new());
    loop {
        // A count may cost as much as all notifications, so only those are asked for that are not as expected yet. In the end all are: there
        // may be too many by then.
        let is_last = found == *expected || began.elapsed() > wait;
        for (customer, count) in expected {
            if is_last || found.get(customer) != Some(count) {
                found.insert(customer.clone(), told(customer).await?);
            }
        }
        if is_last && (found == *expected || began.elapsed() > wait) {
            return Ok(found);
        }
        sleep(PAUSE).await;
    }
}

/// How many notifications a customer has.
async fn told(customer: &str) -> Result<usize> {
    let path = format!("/api/notifications/count/from/{customer}");
    let answer = entrance::until(&path, |answer| answer["count"].is_u64()).await?;
    Ok(usize::try_from(answer["count"].as_u64().unwrap_or_default())?)
}

#[cfg(test)]
#[path = "tests/purchases.rs"]
mod tests;
