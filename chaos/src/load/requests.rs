//! Start requests during the faults: each is sent over one to three of HTTP, WebSocket and Kafka at once, with the same id.
//!
//! What fails is retried, as by any client without a response. The outcome of the requests is judged at the end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use delivery_e2e::web_socket::{Received, WebSocket};
use delivery_messages::Topic;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::objects;
use crate::client::frames::{self, Frame};
use crate::setting::Setting;

const ANSWER: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(500);
/// The maximum number of attempts per way.
const MAX_ATTEMPTS: usize = 120;

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Http,
    WebSocket,
    Kafka,
}

/// All requests of a run.
pub(crate) struct Requests {
    setting: Arc<Setting>,
    pub(crate) ids: Vec<String>,
    ways: JoinSet<Result<()>>,
}

impl Requests {
    pub(crate) fn new(setting: Arc<Setting>) -> Self {
        Self { setting, ids: Vec::new(), ways: JoinSet::new() }
    }

    /// Sends one more request over some of the ways; returns its id at once.
    pub(crate) fn send(&mut self, rng: &mut fastrand::Rng) -> String {
        let id = format!("{}-request-{}", self.setting.run, self.ids.len());
        let mut ways = [Way::Http, Way::WebSocket, Way::Kafka];
        rng.shuffle(&mut ways);
        for way in &ways[..rng.usize(1..=3)] {
            self.ways.spawn(send_over(Arc::clone(&self.setting), *way, id.clone()));
        }
        self.ids.push(id.clone());
        id
    }

    /// Waits until all have been sent; returns why some could not be.
    pub(crate) async fn finish(&mut self) -> Vec<String> {
        let mut failures = Vec::new();
        while let Some(outcome) = self.ways.join_next().await {
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failures.push(format!("{error:#}")),
                Err(error) => failures.push(error.to_string()),
            }
        }
        failures
    }
}

async fn send_over(setting: Arc<Setting>, way: Way, id: String) -> Result<()> {
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        let attempt = async {
            match way {
                Way::Http => http(&setting, &id).await,
                Way::WebSocket => web_socket(&setting, &id).await,
                Way::Kafka => kafka(&setting, &id).await,
            }
        };
        match timeout(ANSWER, attempt).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => last = Some(error),
            Err(_) => last = Some(anyhow::anyhow!("no answer within {ANSWER:?}")),
        }
        tokio::time::sleep(RETRY).await;
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("it was never sent")))
        .with_context(|| format!("the request {id} could not be sent over {way:?}"))
}

async fn http(setting: &Setting, id: &str) -> Result<()> {
    let mut body = objects::requested(setting, id);
    let [.., route] = setting.routes();
    // The route is in the path.
    if let Some(body) = body.as_object_mut() {
        body.remove("routeId");
    }
    let (status, answer) =
        delivery_e2e::gateway::request(Method::POST, &format!("/routes/{route}/start"), Some(&body)).await?;
    ensure!(status == StatusCode::ACCEPTED, "the gateway answers {status}: {answer}");
    Ok(())
}

/// Sends the request and waits for `accepted`; fails if the connection is lost before.
async fn web_socket(setting: &Setting, id: &str) -> Result<()> {
    let mut socket = WebSocket::connect(&setting.gateway, "", ANSWER).await?;
    let ask = json!({"event": "new-direction", "data": objects::requested(setting, id)});
    socket.send(ask.to_string()).await?;
    loop {
        let Received::Text(text) = socket.read().await? else { continue };
        match frames::read(&text) {
            Ok(Frame::Accepted { request_id }) if request_id == id => return Ok(()),
            Ok(Frame::Rejected { request_id, reason }) if request_id == id => {
                anyhow::bail!("the request was rejected: {reason}")
            }
            _ => {}
        }
    }
}

async fn kafka(setting: &Setting, id: &str) -> Result<()> {
    let mut value = objects::requested(setting, id);
    value["clientId"] = json!("chaos");
    let log = delivery_e2e::log::Log { config: setting.kafka.clone() };
    log.send(Topic::NewDirection, None, value.to_string().as_bytes()).await.map(drop)
}
