//! Start requests while things are killed: each handed over by one to three ways at once, always with the same id.
//!
//! A way that fails is tried again, as an honest client would who has had no answer. What became of them is judged at the end.

use crate::frames::{self, Frame};
use crate::load;
use crate::setting::Setting;
use anyhow::{Context, Result, ensure};
use delivery_messages::Topic;
use futures::{SinkExt, StreamExt};
use hyper::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

const ANSWER: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(500);
/// The most attempts of one way.
const ATTEMPTS: usize = 120;

/// A way to hand over a request.
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

    /// Sends one more request by some of the ways; returns its id at once.
    pub(crate) fn send(&mut self, rng: &mut fastrand::Rng) -> String {
        let id = format!("{}-request-{}", self.setting.run, self.ids.len());
        let mut ways = [Way::Http, Way::WebSocket, Way::Kafka];
        rng.shuffle(&mut ways);
        for way in &ways[..rng.usize(1..=3)] {
            self.ways.spawn(hand_over(Arc::clone(&self.setting), *way, id.clone()));
        }
        self.ids.push(id.clone());
        id
    }

    /// Waits until every way has come to its end; what could not be handed over is told.
    pub(crate) async fn handed_over(&mut self) -> Vec<String> {
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

async fn hand_over(setting: Arc<Setting>, way: Way, id: String) -> Result<()> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
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
            Err(_) => last = Some(anyhow::anyhow!("no answer in {ANSWER:?}")),
        }
        tokio::time::sleep(RETRY).await;
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("it was never tried")))
        .with_context(|| format!("the request {id} could not be handed over by {way:?}"))
}

async fn http(setting: &Setting, id: &str) -> Result<()> {
    let mut body = load::requested(setting, id);
    let [.., route] = setting.routes();
    // The route is in the address.
    if let Some(body) = body.as_object_mut() {
        body.remove("routeId");
    }
    let (status, answer) =
        delivery_e2e::gateway::request(Method::POST, &format!("/routes/{route}/start"), Some(&body)).await?;
    ensure!(status == StatusCode::ACCEPTED, "the gateway answers {status}: {answer}");
    Ok(())
}

/// Asks, and waits for `accepted`, or until this connection is lost and another must be tried.
async fn web_socket(setting: &Setting, id: &str) -> Result<()> {
    let (mut socket, _) = connect_async(format!("ws://{}/ws", setting.gateway)).await?;
    let ask = json!({"event": "new-direction", "data": load::requested(setting, id)});
    socket.send(Message::text(ask.to_string())).await?;
    loop {
        let message = socket.next().await.context("the connection ended before the answer")??;
        let Message::Text(text) = message else { continue };
        match frames::read(&text) {
            Ok(Frame::Accepted { request_id }) if request_id == id => return Ok(()),
            Ok(Frame::Rejected { request_id, reason }) if request_id == id => {
                anyhow::bail!("the request is rejected: {reason}")
            }
            _ => {}
        }
    }
}

async fn kafka(setting: &Setting, id: &str) -> Result<()> {
    let mut value = load::requested(setting, id);
    value["clientId"] = json!("chaos");
    let log = delivery_e2e::log::Log { config: setting.kafka.clone() };
    log.send(Topic::NewDirection, None, value.to_string().as_bytes()).await.map(drop)
}
