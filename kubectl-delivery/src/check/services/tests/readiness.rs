use http::StatusCode;

use super::*;
use crate::check::finding::Verdict;

fn pod(service: Service, name: &str) -> ServicePod {
    ServicePod { service, namespace: "shop".into(), name: name.into(), port: 9090 }
}

#[expect(clippy::unnecessary_wraps, reason = "this is how an observation comes")]
fn answer(status: StatusCode, text: &str) -> Result<PodAnswer, NoAnswer> {
    Ok(PodAnswer { status, text: text.into() })
}

#[test]
fn the_sentences_of_a_gateway_that_is_not_ready_are_shown() {
    let text = "not ready: snapshot: Reading the deliveries from Kafka.\n\
                dependency away: mongodb: The server does not answer.\n";
    let answers = [
        (pod(Service::Gateway, "gateway-a"), answer(StatusCode::SERVICE_UNAVAILABLE, text)),
        (pod(Service::Gateway, "gateway-b"), answer(StatusCode::OK, "ready\n")),
        (pod(Service::Operator, "operator-a"), answer(StatusCode::OK, "ready\n")),
    ];
    let found = judge(Service::Gateway, &answers);
    let lines: Vec<_> = found.iter().map(|one| (one.result, one.message.as_str())).collect();
    assert_eq!(
        lines,
        [
            (Verdict::Wrong, "The pod gateway-a is not ready (snapshot): Reading the deliveries from Kafka."),
            (Verdict::Wrong, "The pod gateway-a lacks mongodb: The server does not answer."),
            (Verdict::Right, "The pod gateway-b is ready."),
        ]
    );
    assert_eq!(found[0].way_out.as_deref(), Some("See its log: kubectl logs --namespace shop gateway-a."));
}

#[test]
fn topics_that_differ_or_may_not_be_read_are_a_warning_and_a_pod_that_does_not_answer_is_wrong() {
    let drifted =
        "ready\ndependency away: topics: The topic delivery.plan is not as configured: x is 1 instead of 2.\n";
    let answers = [
        (pod(Service::Operator, "operator-a"), answer(StatusCode::OK, drifted)),
        (pod(Service::Operator, "operator-b"), Err(NoAnswer::new("connection refused."))),
        (pod(Service::Operator, "operator-c"), answer(StatusCode::NOT_FOUND, "what?")),
        (pod(Service::Operator, "operator-d"), Err(NoAnswer::forbidden("not for you"))),
    ];
    let found = judge(Service::Operator, &answers);
    let verdicts: Vec<_> = found.iter().map(|one| one.result).collect();
    assert_eq!(verdicts, [Verdict::Right, Verdict::Warning, Verdict::Wrong, Verdict::Wrong, Verdict::Warning]);
    assert_eq!(found[2].message, "The pod operator-b does not answer at /readyz: connection refused.");
    assert_eq!(found[3].message, "The pod operator-c answers 404 Not Found at /readyz, without saying why.");
    assert_eq!(found[4].way_out.as_deref(), Some("Ask an administrator for get on pods/proxy in the namespace shop."));
    assert_eq!(judge(Service::Gateway, &answers)[0].message, "The gateway has no pod.");
}

#[test]
fn servers_are_judged_by_all_gateways_and_skipped_if_they_are_off() {
    let (a, b) = (pod(Service::Gateway, "gateway-a"), pod(Service::Gateway, "gateway-b"));
    let metrics = |mongodb: u8| {
        let text = format!("delivery_gateway_dependency_up{{dependency=\"mongodb\"}} {mongodb}\n# EOF\n");
        Metrics::parse(&text).unwrap()
    };
    let found = servers(&[(&a, metrics(1)), (&b, metrics(0))]);
    assert_eq!(found[0].message, "The gateway does not reach MongoDB (pod gateway-b).");
    assert_eq!((found[0].result, found[1].result), (Verdict::Wrong, Verdict::Skipped));
    assert_eq!(found[1].message, "The gateway uses no Elasticsearch: elasticsearch.url is not set.");
    assert_eq!(servers(&[(&a, metrics(1)), (&b, metrics(1))])[0].result, Verdict::Right);
    assert_eq!(servers(&[])[0].result, Verdict::Skipped);
}

#[test]
fn a_broker_is_away_if_no_gateway_is_connected_to_it() {
    let (a, b) = (pod(Service::Gateway, "gateway-a"), pod(Service::Gateway, "gateway-b"));
    let metrics = |first: u8, second: u8| {
        let line = |broker: u8, up: u8| format!("delivery_gateway_kafka_broker_up{{broker=\"{broker}\"}} {up}\n");
        Metrics::parse(&format!("{}{}# EOF\n", line(1, first), line(2, second))).unwrap()
    };
    let found = brokers(&[(&a, metrics(1, 0)), (&b, metrics(0, 1))]);
    assert_eq!(found, Finding::right("The gateways are connected to all brokers of Kafka (1, 2)."));
    let found = brokers(&[(&a, metrics(1, 0)), (&b, metrics(1, 0))]);
    assert_eq!(found.result, Verdict::Warning);
    assert_eq!(found.message, "No gateway is connected to these brokers of Kafka: 2 (of 1, 2).");
    assert_eq!(brokers(&[]).result, Verdict::Skipped);
}
