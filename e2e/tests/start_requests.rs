//! Start requests and the stream: what a browser sends, and what it sees.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::{Socket, get, request};
use delivery_e2e::log::Log;
use delivery_e2e::{proof, unique, within};
use delivery_messages::{Plan, Topic, decode};
use hyper::{Method, StatusCode};
use kube::api::DeleteParams;
use serde_json::{Value, json};

async fn plan_of(log: &Log, request_id: &str) -> Plan {
    log.find(Topic::Plan, request_id, |record| {
        let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
        (plan.request_id.as_deref() == Some(request_id)).then_some(plan)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_start_over_the_web_socket_is_accepted_moves_and_finishes_for_every_viewer() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let (mut asker, _) = Socket::open().await.unwrap();
    let (mut viewer, _) = Socket::open().await.unwrap();
    let request_id = unique("ws");
    let ask = json!({"routeId": "2", "requestId": request_id, "courier": "moto-8", "vehicle": "motorcycle", "intervalMilliseconds": 100});
    asker.send("new-direction", &ask).await.unwrap();
    let accepted = asker.until("accepted", |data| data["requestId"] == json!(request_id)).await.unwrap();
    let id = accepted["deliveryId"].clone();
    assert_eq!(accepted["title"], "Segundo");

    let shown = viewer.until("delivery", |data| data["deliveryId"] == id).await.unwrap();
    assert_eq!(shown["courier"], "moto-8");
    assert!(shown.get("clientId").is_none(), "clientId is never shown to others");
    let position = viewer.until("new-position", |data| data["deliveryId"] == id).await.unwrap();
    let lat = position["position"][0].as_f64().unwrap();
    assert!((-16.0..-15.0).contains(&lat), "the browser's positions are [lat, lng]: {position}");
    let end = viewer.until("new-position", |data| data["deliveryId"] == id && data["finished"] == json!(true));
    assert_eq!(end.await.unwrap()["seq"], 39);
    viewer.until("finished", |data| data["deliveryId"] == id).await.unwrap();
    asker.until("finished", |data| data["deliveryId"] == id).await.unwrap();

    proof::complete(&log, id.as_str().unwrap()).await.unwrap();
    let plan = plan_of(&log, &request_id).await;
    cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_start_over_http_is_the_same_message() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let (status, body) =
        request(Method::POST, "/routes/2/start", Some(&json!({"courier": "van-1", "speedKmh": 60}))).await.unwrap();
    assert_eq!(status, StatusCode::ACCEPTED);
    let plan = plan_of(&log, body["requestId"].as_str().unwrap()).await;
    assert_eq!((plan.courier.as_str(), plan.route_id.as_str()), ("van-1", "2"));
    cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_vehicle_tracker_clients_request_twice_is_two_deliveries_and_a_request_id_twice_is_one() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let client = unique("tracker");
    let request = json!({"routeId": "2", "clientId": client}).to_string();
    let mut plans = Vec::new();
    for key in [Some("route.new-direction"), None] {
        let (partition, offset) = log.send(Topic::NewDirection, key, request.as_bytes()).await.unwrap();
        plans.push(plan_of(&log, &format!("route.new-direction/{partition}/{offset}")).await);
    }
    assert_ne!(plans[0].delivery_id, plans[1].delivery_id);

    let request_id = unique("once");
    let named = json!({"routeId": "2", "clientId": client, "requestId": request_id}).to_string();
    log.send(Topic::NewDirection, None, named.as_bytes()).await.unwrap();
    plans.push(plan_of(&log, &request_id).await);
    let (repeat, _) = log.send(Topic::NewDirection, Some(&client), named.as_bytes()).await.unwrap();
    // It follows the repeat in its partition: once this one is served, the repeat has been served too.
    let fence = unique("fence");
    let after = json!({"routeId": "2", "clientId": client, "requestId": fence}).to_string();
    let (behind, _) = log.send(Topic::NewDirection, Some(&client), after.as_bytes()).await.unwrap();
    assert_eq!(repeat, behind);
    plans.push(plan_of(&log, &fence).await);
    let mut mine: Vec<_> = log
        .all(Topic::Plan)
        .await
        .unwrap()
        .iter()
        .filter_map(|record| decode::<Plan>(Topic::Plan, record.value.as_deref()).ok())
        .filter(|plan| plan.client_id == client)
        .map(|plan| plan.delivery_id)
        .collect();
    mine.sort();
    mine.dedup();
    assert_eq!(mine.len(), 4);
    for plan in plans {
        cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
    }
}

#[tokio::test]
async fn commands_over_the_web_socket_suspend_resume_and_cancel() {
    let log = Log::default();
    let (mut socket, _) = Socket::open().await.unwrap();
    let request_id = unique("commanded");
    let ask = json!({"routeId": "1", "requestId": request_id});
    socket.send("new-direction", &ask).await.unwrap();
    let id =
        socket.until("accepted", |data| data["requestId"] == json!(request_id)).await.unwrap()["deliveryId"].clone();
    socket.until("new-position", |data| data["deliveryId"] == id).await.unwrap();
    let phase = |phase: &'static str| {
        let id = id.clone();
        move |data: &Value| data["deliveryId"] == id && data["phase"] == phase
    };
    socket.send("command", &json!({"deliveryId": id, "action": "suspend"})).await.unwrap();
    socket.until("delivery", phase("Suspended")).await.unwrap();
    socket.send("command", &json!({"deliveryId": id, "action": "resume"})).await.unwrap();
    socket.until("delivery", phase("Running")).await.unwrap();
    socket.send("command", &json!({"deliveryId": id, "action": "cancel"})).await.unwrap();
    socket.until("cancelled", |data| data["deliveryId"] == id).await.unwrap();
    let plan = log.plan(id.as_str().unwrap(), |plan| plan.phase == delivery_messages::PlanPhase::Cancelled);
    let plan = plan.await.unwrap();
    assert_eq!(plan.request_id, Some(request_id));
    for reason in ["SuspendCommanded", "ResumeCommanded"] {
        let found = plan.events.iter().find(|event| event.reason == reason);
        assert!(found.is_some_and(|event| !event.warning && event.message.contains("delivery.command")), "{plan:?}");
    }
}

#[tokio::test]
async fn a_page_opened_later_starts_with_the_running_deliveries() {
    let cluster = Cluster::connect().await.unwrap();
    let delivery =
        cluster.deliver("snapshot", json!({"routeRef": {"name": "primeiro"}, "courier": "moto-9"})).await.unwrap();
    let id = json!(kube::ResourceExt::uid(&delivery).unwrap());
    let (mut early, _) = Socket::open().await.unwrap();
    let seen = early.until("new-position", |data| data["deliveryId"] == id).await.unwrap();
    // Another gateway may be a moment behind the one that showed it.
    let not_behind = within("a snapshot that is not behind what others saw", async {
        loop {
            let (late, snapshot) = Socket::open().await?;
            let mut deliveries = snapshot["deliveries"].as_array().into_iter().flatten();
            let shown = deliveries.find(|shown| shown["deliveryId"] == id).cloned().unwrap_or_default();
            if shown["seq"].as_i64() >= seen["seq"].as_i64() {
                return Ok((late, shown));
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    });
    let (mut late, shown) = not_behind.await.unwrap();
    assert_eq!(shown["title"], "Primeiro");
    let next = late.until("new-position", |data| data["deliveryId"] == id).await.unwrap();
    assert!(next["seq"].as_i64() > shown["seq"].as_i64(), "the stream goes on behind the snapshot");

    let route = get(&format!("/deliveries/{}/route", id.as_str().unwrap())).await.unwrap();
    assert_eq!(route["path"].as_array().unwrap().len(), 219);
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn the_catalogue_lists_the_three_routes_of_the_vehicle_tracker() {
    let routes = get("/routes").await.unwrap();
    for (id, title, points) in [("1", "Primeiro", 219), ("2", "Segundo", 40), ("3", "Terceiro", 265)] {
        let route = routes.as_array().unwrap().iter().find(|route| route["id"] == id).unwrap();
        assert_eq!((route["title"].as_str(), route["points"].as_i64()), (Some(title), Some(points)));
        assert!(route["startPosition"]["lat"].as_f64().unwrap() < -15.0);
    }
    let one = get("/routes/1").await.unwrap();
    assert_eq!(one["path"].as_array().unwrap().len(), 219);
}

#[tokio::test]
async fn a_finished_delivery_is_in_the_delivery_store() {
    let cluster = Cluster::connect().await.unwrap();
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 50});
    let delivery = cluster.deliver("history", spec).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let id = kube::ResourceExt::uid(&delivery).unwrap();
    cluster.delete(&delivery).await.unwrap();
    within("the history", async {
        loop {
            let listed = get("/deliveries?phase=Finished&limit=100").await?;
            let found = listed["deliveries"].as_array().into_iter().flatten().find(|shown| shown["deliveryId"] == id);
            // Another gateway may be a moment behind.
            if found.is_some()
                && listed["deliveryStore"] == "available"
                && get(&format!("/deliveries/{id}")).await.is_ok_and(|shown| shown["phase"] == "Finished")
            {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
}
