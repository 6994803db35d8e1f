use std::net::{Ipv4Addr, Ipv6Addr};

use prometheus_client::metrics::counter::Counter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::*;

#[tokio::test]
async fn probes_reach_the_default_address_over_ipv4_and_ipv6() {
    let listener = bound(listen::everywhere(0), UNREAD).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(warp::serve(routes(Health::default(), Arc::new(Registry::default()))).incoming(listener).run());
    // On a machine without IPv6 it is IPv4 alone.
    let ipv6 = address.is_ipv6().then(|| Ipv6Addr::LOCALHOST.into());
    for local in [Some(Ipv4Addr::LOCALHOST.into()), ipv6].into_iter().flatten() {
        let mut probe = TcpStream::connect(SocketAddr::new(local, address.port())).await.unwrap();
        probe.write_all(b"GET /livez HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        probe.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{local}: {answer}");
    }
}

#[tokio::test]
async fn ready_is_503_with_the_reason_until_every_requirement_is_met() {
    let health = Health::default();
    health.require("topics", "The topics are being created.");
    let routes = routes(health.clone(), Arc::new(Registry::default()));
    let before = warp::test::request().path("/readyz").reply(&routes).await;
    assert_eq!(before.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(before.body(), "not ready: topics: The topics are being created.\n");
    assert_eq!(warp::test::request().path("/livez").reply(&routes).await.status(), StatusCode::OK);
    health.met("topics");
    assert_eq!(warp::test::request().path("/readyz").reply(&routes).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn live_is_503_while_a_loop_stands_still() {
    let health = Health::default();
    let routes = routes(health.clone(), Arc::new(Registry::default()));
    health.came_round("loop", std::time::Duration::ZERO);
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    let answer = warp::test::request().path("/livez").reply(&routes).await;
    assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::SERVICE_UNAVAILABLE, &b"stuck: loop\n"[..]));
    health.ended("loop");
    assert_eq!(warp::test::request().path("/livez").reply(&routes).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn metrics_are_openmetrics_text() {
    let mut registry = Registry::with_prefix("delivery_test");
    let counter: Counter = Counter::default();
    registry.register("positions", "Positions", counter.clone());
    counter.inc();
    let answer = warp::test::request().path("/metrics").reply(&routes(Health::default(), Arc::new(registry))).await;
    assert_eq!(answer.headers()[CONTENT_TYPE], OPENMETRICS);
    let text = String::from_utf8_lossy(answer.body());
    assert!(text.contains("delivery_test_positions_total 1\n"), "{text}");
    assert!(text.contains("\nprocess_cpu_seconds_total "), "what the process uses, without a prefix: {text}");
    assert_eq!(text.matches("# EOF\n").count(), 1, "{text}");
}

#[tokio::test]
async fn metrics_are_protobuf_for_a_prometheus_that_wants_native_histograms_and_text_for_everybody_else() {
    // As Prometheus sends it, with and without native histograms.
    let native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
                  application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    let classic = "application/openmetrics-text;version=1.0.0;q=0.6,\
                   application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,*/*;q=0.1";
    let mut registry = Registry::default();
    let durations = crate::metrics::histograms::native([0.1]);
    registry.register("duration", "Duration", durations.clone());
    durations.observe(0.05);
    let expected = prometheus_protobuf::encode_to_vec(&registry).unwrap();
    let routes = routes(Health::default(), Arc::new(registry));
    for (accept, form) in [
        (native, PROTOBUF),
        ("application/vnd.google.protobuf", PROTOBUF),
        (classic, OPENMETRICS),
        ("", OPENMETRICS),
        ("*/*", OPENMETRICS),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", OPENMETRICS),
        ("application/vnd.google.protobuf;proto=other;encoding=delimited", OPENMETRICS),
        ("application/vnd.google.protobuf;q=0", OPENMETRICS),
        ("application/vnd.google.protobuf;q=x,;;=,", OPENMETRICS),
    ] {
        let answer = warp::test::request().path("/metrics").header("accept", accept).reply(&routes).await;
        assert_eq!(answer.headers()[CONTENT_TYPE], form, "{accept}");
        let is_protobuf = answer.body().starts_with(&expected);
        assert_eq!(is_protobuf, form == PROTOBUF, "{accept}");
        assert_eq!(!is_protobuf, answer.body().ends_with(b"# EOF\n"), "{accept}");
        assert!(answer.body().windows(19).any(|part| part == b"process_cpu_seconds"), "{accept}");
    }
}

#[tokio::test]
async fn a_scrape_that_never_reads_is_cut_off() {
    const HELP: usize = 64 << 10;
    const METRICS: usize = 400;
    let mut registry = Registry::default();
    for number in 0..METRICS {
        // Together far more than the kernel's buffers hold.
        registry.register(format!("metric_{number}"), "x".repeat(HELP), Counter::<u64>::default());
    }
    let listener = bound("127.0.0.1:0".parse().unwrap(), Duration::from_millis(500)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = routes(Health::default(), Arc::new(registry));
    tokio::spawn(async move { warp::serve(routes).incoming(listener).run().await });

    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    sleep(Duration::from_secs(4)).await;
    // Whoever reads is served meanwhile.
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut whole = Vec::new();
    timeout(Duration::from_secs(20), other.read_to_end(&mut whole)).await.expect("it does not end").unwrap();
    assert!(whole.len() > METRICS * HELP, "{}", whole.len());

    let mut part = Vec::new();
    let ended = timeout(Duration::from_secs(20), silent.read_to_end(&mut part)).await;
    assert!(ended.is_ok(), "its connection is still open after {} bytes", part.len());
    assert!(part.len() < METRICS * HELP, "it had it all: {}", part.len());
}
