use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};

use super::*;

fn settings(variables: &[(&str, &str)]) -> Option<Settings> {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Settings::of("purchases service", variable)
}

#[test]
fn there_are_traces_only_if_the_environment_names_a_collector() {
    assert_eq!(settings(&[]), None);
    assert_eq!(settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), None);
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://jaeger:4318/");
    assert_eq!(settings(&[endpoint, ("OTEL_SDK_DISABLED", "true")]), None);
    let expected = Settings {
        endpoint: "http://jaeger:4318/v1/traces".to_owned(),
        ratio: 1.0,
        service: "code-delivery-purchases".to_owned(),
        instance: None,
    };
    assert_eq!(settings(&[endpoint]), Some(expected.clone()));
    let exact = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example.com/otlp");
    let names = [("OTEL_SERVICE_NAME", "shop"), ("HOSTNAME", "pod-1")];
    let (endpoint_of_traces, instance) = ("https://collector.example.com/otlp".to_owned(), Some("pod-1".to_owned()));
    assert_eq!(
        settings(&[endpoint, exact, names[0], names[1]]),
        Some(Settings { endpoint: endpoint_of_traces, service: "shop".to_owned(), instance, ..expected })
    );
}

#[test]
fn what_is_wrong_with_an_address_is_said_without_its_password() {
    let settings = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter 2@jaeger:4318")]).unwrap();
    let Err(error) = settings.open() else { panic!("it is not an address") };
    assert_eq!(format!("{error:#}"), "its address is not valid");
}

#[test]
fn the_part_that_is_recorded_follows_from_the_sampler() {
    for (sampler, argument, expected) in [
        (None, None, 1.0),
        (Some("always_on"), Some("0.1"), 1.0),
        (Some("always_off"), None, 0.0),
        (Some("parentbased_always_off"), None, 0.0),
        (Some("traceidratio"), Some("0.25"), 0.25),
        (Some("parentbased_traceidratio"), Some("0"), 0.0),
        (Some("parentbased_traceidratio"), Some("2"), 1.0),
        (Some("parentbased_traceidratio"), Some("NaN"), 1.0),
        (Some("parentbased_traceidratio"), None, 1.0),
    ] {
        assert_eq!(Some(ratio(sampler, argument)), Some(expected), "{sampler:?} {argument:?}");
    }
}

/// The settings for a collector at this address.
fn at(listener: &TcpListener) -> Settings {
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    Settings { endpoint, ratio: 1.0, service: "code-delivery-test".to_owned(), instance: Some("pod-1".to_owned()) }
}

#[test]
fn spans_are_posted_to_the_collector_before_the_process_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let provider = at(&listener).open().unwrap();
    let collector = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let (mut request, mut part) = (Vec::new(), [0; 4096]);
        let body = |request: &[u8]| request.windows(4).position(|window| window == b"\r\n\r\n").map(|end| end + 4);
        loop {
            let count = connection.read(&mut part).unwrap();
            request.extend_from_slice(&part[..count]);
            let Some(begin) = body(&request) else { continue };
            let head = String::from_utf8_lossy(&request[..begin]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if request.len() == begin + length.trim().parse::<usize>().unwrap() {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                return (head, request);
            }
        }
    });
    drop(provider.tracer("test").start("create pod"));
    provider.shutdown_with_timeout(Duration::from_secs(5)).unwrap();
    let (head, request) = collector.join().unwrap();
    assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    for text in ["create pod", "code-delivery-test", "service.instance.id"] {
        assert!(request.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn a_collector_that_never_answers_holds_up_the_end_for_no_longer_than_allowed() {
    // It takes connections, because the system does, and never reads from them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let provider = at(&listener).open().unwrap();
    let (tracer, begun) = (provider.tracer("test"), Instant::now());
    for _ in 0..2 * QUEUE {
        drop(tracer.start("create pod"));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "spans do not wait: {:?}", begun.elapsed());
    assert!(provider.shutdown_with_timeout(Duration::from_millis(300)).is_err());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn the_log_has_one_line_when_the_collector_goes_and_one_when_it_returns() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&kept);
    let subscriber = tracing_subscriber::fmt().with_writer(move || Kept(Arc::clone(&log))).finish();
    tracing::subscriber::with_default(subscriber, || {
        let collector = Collector::new("http://127.0.0.1:1/v1/traces").unwrap();
        for problem in [None, Some("it is not there"), Some("it is not there"), Some("it answers 503"), None, None] {
            collector.note(problem);
        }
    });
    let log = String::from_utf8(kept.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let [gone, back] = lines.as_slice() else { panic!("{log}") };
    assert!(gone.contains("http://127.0.0.1:1/v1/traces does not take them: it is not there."), "{gone}");
    assert!(back.contains("takes traces again"), "{back}");
}

/// Keeps what is logged.
struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        crate::locks::lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
