use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn answer(status: u16, retry_after: Option<u64>) -> Answer {
    Answer { status: StatusCode::from_u16(status).unwrap(), retry_after }
}

fn answers(all: &[(&str, Answer)]) -> Vec<(String, Answer)> {
    all.iter().map(|(id, answer)| ((*id).to_owned(), answer.clone())).collect()
}

fn facts(all: &[(&str, Answer)]) -> Vec<String> {
    refusals(&answers(all), Duration::from_secs(1))
}

#[test]
fn a_flood_is_accepted_in_part_and_the_rest_refused_until_a_stated_time() {
    let accepted = ("a", answer(202, None));
    assert_eq!(facts(&[accepted.clone(), ("b", answer(429, Some(1)))]), [""; 0]);
    assert_eq!(facts(&[accepted.clone(), ("b", answer(429, Some(1))), ("c", answer(429, None))]).len(), 1);
    assert_eq!(facts(&[accepted.clone(), ("b", answer(429, Some(1))), ("c", answer(503, Some(5)))]).len(), 1);
    assert_eq!(facts(&[accepted]).len(), 1, "nothing was refused");
    assert_eq!(facts(&[("b", answer(429, Some(1)))]).len(), 1, "nothing was accepted");
}

fn became(deliveries: &[&str], reasons: &[&str]) -> Settled {
    let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    Settled { deliveries: set(deliveries), reasons: set(reasons) }
}

#[test]
fn an_accepted_request_is_one_delivery_or_a_dead_letter_with_a_reason() {
    let wrong = |settled: Option<Settled>| {
        let settled = settled.map(|settled| ("r".to_owned(), settled)).into_iter().collect();
        unsettled(&BTreeSet::from(["r".to_owned()]), &settled).len()
    };
    assert_eq!(wrong(Some(became(&["d"], &[]))), 0);
    assert_eq!(wrong(Some(became(&[], &["InvalidRequest"]))), 0);
    assert_eq!(wrong(None), 1);
    assert_eq!(wrong(Some(became(&[], &[""]))), 1, "no reason");
    assert_eq!(wrong(Some(became(&["d"], &["InvalidRequest"]))), 1, "both");
    assert_eq!(wrong(Some(became(&["d", "e"], &[]))), 1, "two");
}

#[test]
fn a_refused_request_that_became_a_delivery_is_named() {
    let settled = BTreeMap::from([("refused".to_owned(), became(&["d"], &[]))]);
    assert_eq!(unsettled(&BTreeSet::new(), &settled), ["refused was refused and became something all the same"]);
}

#[test]
fn what_became_of_requests_is_read_from_plans_and_dead_letters_of_this_flood() {
    let record = |value: Option<serde_json::Value>, headers: &[(&str, &str)]| Record {
        partition: 0,
        offset: 0,
        key: String::new(),
        value: value.map(|value| value.to_string().into_bytes()),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    let plan = |request: &str, delivery: &str| {
        let plan = json!({
            "deliveryId": delivery, "version": 2, "phase": "Accepted", "name": "x", "namespace": "n", "source": "s",
            "requestId": request, "clientId": "", "routeId": "r", "route": "n/r@1", "courier": "", "vehicle": "",
            "motion": {"type": "pointPerTick"}, "intervalMilliseconds": 500, "seed": 1, "noiseMeters": 0, "model": 1, "createdAt": 1,
        });
        record(Some(plan), &[])
    };
    let plans = [plan("f-1", "d1"), plan("f-1", "d1"), plan("other-1", "d2"), record(None, &[])];
    let letter = |request: &str| record(None, &[(REQUEST_ID_HEADER, request), (REASON_HEADER, "InvalidRequest")]);
    let found = settled(&plans, &[letter("f-2"), letter("other-2"), record(None, &[])], "f-");
    let expected = [("f-1".to_owned(), became(&["d1"], &[])), ("f-2".to_owned(), became(&[], &["InvalidRequest"]))];
    assert_eq!(found, BTreeMap::from(expected));
}

#[tokio::test]
async fn the_status_and_retry_after_of_an_answer_are_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = Gateway { address: listener.local_addr().unwrap().to_string(), ..Gateway::at("g", "127.0.0.1") };
    let serve = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            request.push(tcp.read_u8().await.unwrap());
        }
        tcp.write_all(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}")
            .await
            .unwrap();
        String::from_utf8(request).unwrap()
    };
    let sender = Sender::new(None, &gateway, "route");
    let (answered, request) = tokio::join!(sender.start("f-1"), serve);
    assert_eq!(answered.unwrap(), answer(429, Some(7)));
    assert!(request.starts_with("POST /routes/route/start HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(r#""requestId":"f-1""#), "{request}");
}

#[test]
fn the_address_that_faces_another_is_found_without_sending_anything() {
    assert_eq!(local_address("127.0.0.1:9"), Some(IpAddr::from([127, 0, 0, 1])));
    let gateway = Gateway::at("g", "127.0.0.1");
    assert_ne!(
        another_address(&gateway),
        Some(IpAddr::from([127, 0, 0, 1])),
        "a loopback address cannot be answered by a pod"
    );
}
