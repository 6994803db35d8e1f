//! Floods one gateway with start requests from one address. What is over the address's budget is refused with 429 and `Retry-After`,
//! another address is served meanwhile, and every accepted request becomes a delivery or a dead letter with a reason.
//!
//! So that not all of them need a pod, the requests share a few ids, as those of a client that tries again and again do; requests with the
//! same id are one delivery. The flood comes from the machine's own address instead of the one that faces the pods, so that the run's
//! clients, which have the other, keep their budget.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use delivery_e2e::log::{Log, Record};
use delivery_messages::records::dead_letter::{REASON_HEADER, REQUEST_ID_HEADER};
use delivery_messages::{Plan, Topic, decode};
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full};
use hyper::header::RETRY_AFTER;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use crate::faults::gateways::Gateway;
use crate::faults::trial::{Hit, Trial, time_until};
use crate::load::objects;
use crate::setting::Setting;

/// How many requests: three times what an address may send at once by default (ten a second, ten seconds' worth).
const REQUESTS: usize = 300;
/// How many are sent at the same time.
const AT_ONCE: usize = 32;
/// How many different ids they have, which is how many deliveries they can become.
const DISTINCT: usize = 20;
/// Milliseconds between the positions.
const INTERVAL: u32 = 500;
/// The points of their route.
const POINTS: u32 = 200;
/// How far north it is, in units of those of the other routes.
const NORTH: u32 = 4;
/// How long a gateway may take to know the route, and the operator to settle what was accepted.
const KNOWN: Duration = Duration::from_mins(2);
const SETTLED: Duration = Duration::from_mins(3);
const ANSWER: Duration = Duration::from_secs(30);
/// An address that is used for documentation only (RFC 5737). Nothing is sent to it.
const OUTSIDE: &str = "192.0.2.1:9";

/// The answer to a start request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    /// Seconds, if the header is there and a number.
    retry_after: Option<u64>,
}

/// What became of an accepted request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Settled {
    /// Ids.
    deliveries: BTreeSet<String>,
    /// The reasons of its dead letters.
    reasons: BTreeSet<String>,
}

/// Floods a gateway, waits until what it accepted is settled, and deletes what became of it.
///
/// # Errors
/// When the flood could not be sent.
pub(crate) async fn flood(setting: &Setting, gateway: &Gateway) -> Result<Hit> {
    let route = setting.flood_route();
    let prefix = format!("{route}-{:x}", jiff::Timestamp::now().as_millisecond());
    match objects::route(setting, &route, POINTS, NORTH).await {
        Err(error) if error.downcast_ref::<kube::Error>().is_some_and(exists_already) => {}
        other => other?,
    }
    let is_known = async || gateway.serves(&format!("/routes/{route}")).await;
    ensure!(
        time_until(KNOWN, is_known).await.is_some(),
        "{} does not know the route {route} after {KNOWN:?}, so nothing can be started on it",
        gateway.name
    );
    let own = Sender::new(None, gateway, &route);
    let elsewhere = another_address(gateway).map(|address| Sender::new(Some(address), gateway, &route));
    // Where packets from that address find no way back, everything comes from one address.
    let elsewhere = match elsewhere {
        Some(sender) if sender.reaches().await => Some(sender),
        _ => None,
    };
    let (flooder, began) = (elsewhere.as_ref().unwrap_or(&own), Instant::now());
    let requests = (0..REQUESTS).map(|number| {
        let id = format!("{prefix}-{}", number % DISTINCT);
        async move {
            let answer = flooder.start(&id).await?;
            anyhow::Ok((id, answer))
        }
    });
    let answers: Vec<_> = stream::iter(requests).buffer_unordered(AT_ONCE).collect().await;
    let answers: Vec<_> = answers.into_iter().collect::<Result<_>>()?;
    let took = began.elapsed();

    let mut trial = Trial::default();
    trial.object(refusals(&answers, took));
    let mut accepted: BTreeSet<String> = accepted(&answers).map(str::to_owned).collect();
    if elsewhere.is_some() {
        let id = format!("{prefix}-other");
        let answer = own.start(&id).await?;
        trial.expect(answer.status == StatusCode::ACCEPTED, || {
            format!(
                "right after the flood a start from another address is answered with {}; expected 202",
                answer.status
            )
        });
        if answer.status == StatusCode::ACCEPTED {
            accepted.insert(id);
        }
    }
    let is_served = gateway.serves("/routes").await;
    trial.expect(is_served, || format!("{} does not answer GET /routes with 200 right after the flood", gateway.name));

    let mut settled = BTreeMap::new();
    let all_settled = async || {
        let Ok(found) = outcomes(setting, &prefix).await else { return false };
        settled = found;
        accepted.iter().all(|id| settled.contains_key(id))
    };
    let settling = time_until(SETTLED, all_settled).await;
    trial.recovered(format!("{} accepted requests are settled", accepted.len()), settling, SETTLED);
    trial.object(unsettled(&accepted, &settled));
    let deleted = objects::remove_from(setting, &route).await?;
    let from = if elsewhere.is_some() { "" } else { ", no other address to ask from" };
    let count = self::accepted(&answers).count();
    let target = format!("{REQUESTS} in {:.1} s{from}: {count} accepted, {deleted} deliveries", took.as_secs_f64());
    Ok(Hit { target, trial: Some(trial) })
}

fn exists_already(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_already_exists())
}

/// Sends start requests from one address.
struct Sender {
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
    route: String,
}

impl Sender {
    /// From this local address, or the usual one.
    fn new(from: Option<IpAddr>, gateway: &Gateway, route: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(from);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, address: gateway.address.clone(), route: route.to_owned() }
    }

    async fn start(&self, id: &str) -> Result<Answer> {
        let path = format!("/routes/{}/start", self.route);
        let body = json!({"requestId": id, "courier": "chaos", "intervalMilliseconds": INTERVAL});
        let answer = self.ask(Method::POST, &path, body.to_string()).await;
        answer.with_context(|| format!("the start request {id} was not answered"))
    }

    /// Whether a request from this address is answered.
    async fn reaches(&self) -> bool {
        self.ask(Method::GET, "/routes", String::new()).await.is_ok()
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Result<Answer> {
        let request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let request = request.header("content-type", "application/json").body(Full::new(Bytes::from(body)))?;
        let asked = async {
            let answer = self.client.request(request).await?;
            let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let status = answer.status();
            // Read to its end, so that the connection can be used again.
            answer.into_body().collect().await?;
            Ok(Answer { status, retry_after })
        };
        tokio::time::timeout(ANSWER, asked).await.unwrap_or_else(|_| bail!("no answer within {ANSWER:?}"))
    }
}

/// An address of this machine other than the one from which the gateway is usually reached.
fn another_address(gateway: &Gateway) -> Option<IpAddr> {
    let usual = local_address(&gateway.address)?;
    local_address(OUTSIDE).filter(|found| *found != usual && !found.is_loopback())
}

/// The local address of packets to there. Nothing is sent.
fn local_address(to: &str) -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(to.parse::<SocketAddr>().ok()?).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// What became of the requests whose ids have this prefix.
async fn outcomes(setting: &Setting, prefix: &str) -> Result<BTreeMap<String, Settled>> {
    let log = Log { config: setting.kafka.clone() };
    Ok(settled(&log.all(Topic::Plan).await?, &log.all(Topic::DeadLetters).await?, prefix))
}

/// By request, what became of it according to plans and dead letters.
fn settled(plans: &[Record], letters: &[Record], prefix: &str) -> BTreeMap<String, Settled> {
    let mut found: BTreeMap<String, Settled> = BTreeMap::new();
    for record in plans {
        let Ok(plan) = decode::<Plan>(Topic::Plan, record.value.as_deref()) else { continue };
        if let Some(request) = plan.request_id.filter(|request| request.starts_with(prefix)) {
            found.entry(request).or_default().deliveries.insert(plan.delivery_id);
        }
    }
    for record in letters {
        let request = record.headers.get(REQUEST_ID_HEADER).filter(|request| request.starts_with(prefix));
        if let (Some(request), Some(reason)) = (request, record.headers.get(REASON_HEADER)) {
            found.entry(request.clone()).or_default().reasons.insert(reason.clone());
        }
    }
    found
}

/// The ids of the accepted requests, as often as they were accepted.
fn accepted(answers: &[(String, Answer)]) -> impl Iterator<Item = &str> {
    answers.iter().filter(|(_, answer)| answer.status == StatusCode::ACCEPTED).map(|(id, _)| id.as_str())
}

/// What is wrong with the answers to a flood.
fn refusals(answers: &[(String, Answer)], took: Duration) -> Vec<String> {
    let mut facts = Vec::new();
    let refused = answers.iter().filter(|(_, answer)| answer.status == StatusCode::TOO_MANY_REQUESTS).count();
    if refused == 0 || accepted(answers).next().is_none() {
        facts.push(format!(
            "of {} starts within {took:.1?} {} were accepted and {refused} refused with 429; expected some of both",
            answers.len(),
            accepted(answers).count()
        ));
    }
    for (id, Answer { status, retry_after }) in answers {
        match *status {
            StatusCode::ACCEPTED => {}
            StatusCode::TOO_MANY_REQUESTS if retry_after.is_some_and(|seconds| seconds > 0) => {}
            StatusCode::TOO_MANY_REQUESTS => {
                facts.push(format!("{id} is refused with Retry-After {retry_after:?}; expected at least a second"));
            }
            other => facts.push(format!("{id} is answered with {other}; expected 202 or 429")),
        }
    }
    facts
}

/// What is wrong with what became of the requests: each accepted one must be one delivery or a dead letter, and no other anything.
fn unsettled(accepted: &BTreeSet<String>, settled: &BTreeMap<String, Settled>) -> Vec<String> {
    let nothing = Settled::default();
    let wrong = accepted.iter().filter_map(|id| {
        let Settled { deliveries, reasons } = settled.get(id).unwrap_or(&nothing);
        let is_right = match deliveries.len() {
            0 => !reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty()),
            1 => reasons.is_empty(),
            _ => false,
        };
        (!is_right).then(|| {
            format!(
                "{id} was accepted and became {} deliveries, with dead letters of the reasons {reasons:?}; expected one or the other",
                deliveries.len()
            )
        })
    });
    let unasked = settled.keys().filter(|id| !accepted.contains(*id));
    wrong.chain(unasked.map(|id| format!("{id} was refused and became something all the same"))).collect()
}

#[cfg(test)]
#[path = "tests/flood.rs"]
mod tests;
