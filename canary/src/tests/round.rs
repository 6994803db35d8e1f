use std::sync::{Arc, Mutex};

use delivery_observability::Health;
use futures::{SinkExt, StreamExt};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::*;

/// Events that clients have sent to a gateway of the test.
type Sent = Arc<Mutex<Vec<Value>>>;

/// A gateway that lists `listed` to each client, and answers a start with these positions (`seq`, last), and the end if the last has come.
async fn gateway(listed: Value, positions: Vec<(u64, bool)>) -> (Config, Sent) {
    gateway_without_routes(0, listed, positions).await
}

/// One that does not know the route of so many starts.
async fn gateway_without_routes(refusals: usize, listed: Value, positions: Vec<(u64, bool)>) -> (Config, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sent = Sent::default();
    let seen = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, refusals, listed.clone(), positions.clone(), Arc::clone(&seen)));
        }
    });
    let config = format!("gateway: http://{address}\nrouteId: '2'\neverySeconds: 30\nlimitSeconds: 20\n");
    (serde_yaml::from_str(&config).unwrap(), sent)
}

async fn serve(stream: TcpStream, refusals: usize, listed: Value, positions: Vec<(u64, bool)>, sent: Sent) {
    let mut socket = accept_async(stream).await.unwrap();
    let frame = |event: &str, data: Value| Message::text(json!({"event": event, "data": data}).to_string());
    let snapshot = json!({"cursor": "c", "reason": "connected", "deliveries": listed});
    socket.send(frame("snapshot", snapshot)).await.unwrap();
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        let event: Value = serde_json::from_str(text.as_str()).unwrap();
        sent.lock().unwrap().push(event.clone());
        let data = &event["data"];
        if event["event"] == "command" {
            socket.send(frame("cancelled", json!({"deliveryId": data["deliveryId"]}))).await.unwrap();
            continue;
        }
        if events(&sent).iter().filter(|event| *event == "new-direction").count() <= refusals {
            let why =
                json!({"requestId": data["requestId"], "reason": "UnknownRoute", "message": "There is no route 2."});
            socket.send(frame("rejected", why)).await.unwrap();
            continue;
        }
        let accepted = json!({"requestId": data["requestId"], "deliveryId": "d"});
        socket.send(frame("accepted", accepted)).await.unwrap();
        for (seq, finished) in &positions {
            let position = json!({"deliveryId": "d", "seq": seq, "at": now(), "finished": finished});
            socket.send(frame("new-position", position)).await.unwrap();
        }
        if positions.last().is_some_and(|(_, finished)| *finished) {
            socket.send(frame("finished", json!({"deliveryId": "d"}))).await.unwrap();
        }
    }
}

fn events(sent: &Sent) -> Vec<String> {
    sent.lock().unwrap().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
}

async fn run(config: &Config) -> Option<Result<(), Failure>> {
    patient_run(config, Duration::ZERO).await
}

async fn patient_run(config: &Config, patience: Duration) -> Option<Result<(), Failure>> {
    let metrics = Metrics::register(&mut Registry::default(), config.every_seconds, &Health::default());
    Round::new(config, &metrics, patience).run(std::future::pending()).await
}

#[tokio::test]
async fn a_run_asks_for_a_delivery_of_the_canary_and_sees_it_arrive() {
    let (config, sent) = gateway(json!([]), vec![(0, false), (1, false), (2, true)]).await;
    assert_eq!(run(&config).await, Some(Ok(())));
    assert_eq!(events(&sent), ["new-direction"]);
    let request = sent.lock().unwrap()[0]["data"].clone();
    assert_eq!((&request["routeId"], &request["courier"]), (&json!("2"), &json!("code-delivery-canary")));
    assert!(request["requestId"].as_str().unwrap().starts_with("canary-"), "{request}");
}

#[tokio::test]
async fn a_missing_position_is_found() {
    let (config, _) = gateway(json!([]), vec![(0, false), (2, true)]).await;
    assert_eq!(run(&config).await, Some(Err(Failure::Gap { delivery: "d".to_owned(), due: 1, found: 2 })));
}

#[tokio::test]
async fn what_was_left_under_way_is_cancelled_before_a_run_and_after_one_that_fails() {
    let listed = json!([{"deliveryId": "left", "phase": "Running"}, {"deliveryId": "done", "phase": "Finished"}]);
    let (config, sent) = gateway(listed, vec![(1, false)]).await;
    assert_eq!(run(&config).await.unwrap().unwrap_err().reason(), "gap");
    assert_eq!(events(&sent), ["command", "new-direction", "command"]);
    let command = sent.lock().unwrap()[0]["data"].clone();
    assert_eq!((&command["deliveryId"], &command["action"]), (&json!("left"), &json!("cancel")));
}

#[tokio::test]
async fn a_run_that_is_broken_off_has_no_result() {
    let (config, sent) = gateway(json!([]), Vec::new()).await;
    let metrics = Metrics::register(&mut Registry::default(), config.every_seconds, &Health::default());
    let stop = tokio::time::sleep(Duration::from_millis(300));
    assert_eq!(Round::new(&config, &metrics, Duration::ZERO).run(stop).await, None);
    assert_eq!(events(&sent), ["new-direction"]);
}

#[tokio::test]
async fn a_route_that_is_not_known_yet_is_asked_for_again_by_another_request() {
    let (config, sent) = gateway_without_routes(1, json!([]), vec![(0, false), (1, true)]).await;
    assert_eq!(patient_run(&config, PATIENCE).await, Some(Ok(())));
    assert_eq!(events(&sent), ["new-direction", "new-direction"]);
    let sent = sent.lock().unwrap();
    assert_ne!(sent[0]["data"]["requestId"], sent[1]["data"]["requestId"]);
}

#[tokio::test]
async fn a_route_that_stays_unknown_is_a_failure_that_says_so() {
    // The patience ends after the second request, the time of the run after the first, and without patience there is one alone.
    for (limit_seconds, patience, requests) in [(20, 1, 2), (1, 1, 1), (20, 0, 1)] {
        let (config, sent) = gateway_without_routes(usize::MAX, json!([]), Vec::new()).await;
        let config = Config { limit_seconds, ..config };
        let failure = patient_run(&config, Duration::from_secs(patience)).await.unwrap().unwrap_err();
        assert!(failure.to_string().contains("(UnknownRoute): There is no route 2."), "{failure}");
        assert_eq!(events(&sent).len(), requests, "{limit_seconds} {patience}");
    }
}

#[tokio::test]
async fn a_gateway_that_is_away_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = format!("gateway: http://{address}\nrouteId: '2'\neverySeconds: 3\nlimitSeconds: 2\n");
    let config = serde_yaml::from_str(&config).unwrap();
    assert_eq!(run(&config).await.unwrap().unwrap_err().reason(), "unreachable");
}
