use std::error::Error;
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rdkafka::admin::AdminClient;
use rdkafka::consumer::StreamConsumer;
use rdkafka::producer::{BaseProducer, FutureProducer, Producer};

use super::*;
use crate::connect::context::Context;
use crate::connect::revival;
use crate::read::reader::{ReadError, Reader};
use crate::write::writer;

#[test]
fn each_file_of_a_mounted_secret_is_a_property() {
    let directory = std::env::temp_dir().join(format!("kafka-properties-{}", std::process::id()));
    fs::create_dir_all(directory.join("..data")).unwrap();
    fs::write(directory.join("sasl.username"), "courier\n").unwrap();
    fs::write(directory.join("client.id"), "mine").unwrap();
    let config = KafkaConfig {
        bootstrap_servers: "kafka:9092".to_owned(),
        topic_prefix: "north.".to_owned(),
        group_prefix: String::new(),
        properties_directory: Some(directory.clone()),
    };
    let client = config.client("test").unwrap();
    fs::remove_dir_all(directory).unwrap();
    assert_eq!(client.get("sasl.username"), Some("courier"));
    assert_eq!(client.get("client.id"), Some("mine"), "a property of the Secret wins");
    assert_eq!(config.topic(Topic::Plan), "north.delivery.plan");
}

#[test]
fn a_broker_at_an_ipv6_address_in_brackets_is_called() {
    // On a machine without IPv6 there is no such broker.
    let Ok(broker) = TcpListener::bind("[::1]:0") else { return };
    let config = KafkaConfig {
        bootstrap_servers: format!("127.0.0.1:1, [::1]:{}", broker.local_addr().unwrap().port()),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let (called, calls) = mpsc::channel();
    thread::spawn(move || called.send(broker.accept().is_ok()));
    let producer: BaseProducer = config.client("test").unwrap().create().unwrap();
    // It is no broker, so that there is a call but no answer.
    assert!(producer.client().fetch_metadata(None, Duration::from_secs(3)).is_err());
    assert_eq!(calls.recv_timeout(Duration::from_secs(10)), Ok(true));
}

#[test]
fn an_ipv6_address_without_brackets_is_refused_with_what_to_write() {
    for (servers, expected) in [
        ("fd00:cd::1:9093", Some("at fd00:cd::1:9093: an IPv6 address is in brackets. Write it as [fd00:cd::1]:9093.")),
        ("kafka:9092, ::1:9092", Some("Write it as [::1]:9092.")),
        ("fd00::cd", Some("Write it as [fd00::cd]:9092.")),
        ("kafka:9092,127.0.0.1:9092,[fd00:cd::1]:9092,kafka,SSL://kafka:9093", None),
    ] {
        let config = KafkaConfig {
            bootstrap_servers: servers.to_owned(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        match (config.client("test"), expected) {
            (Err(error), Some(expected)) => assert!(error.to_string().ends_with(expected), "{error}"),
            (refused, expected) => assert!(refused.is_ok() && expected.is_none(), "{servers}"),
        }
    }
}

#[test]
fn a_missing_secret_is_named_with_its_path() {
    let config = KafkaConfig {
        bootstrap_servers: "kafka:9092".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: Some("/no/such/secret".into()),
    };
    assert!(config.client("test").unwrap_err().to_string().contains("/no/such/secret"));
}

const SECRET: &str = "hunter2-SECRET";

/// What an error, or a cause of it, can print.
fn prints(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    causes.fold(String::new(), |text, cause| format!("{text}{cause} {cause:?}\n"))
}

/// The errors of a consumer, a producer, an admin client and a reader with a property.
fn errors(property: &str, value: &str) -> Vec<ConnectionError> {
    let directory = std::env::temp_dir().join(format!("kafka-rejected-{}-{property}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(property), value).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: "127.0.0.1:1".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: Some(directory.clone()),
    };
    let mut client = config.client("test").unwrap();
    client.set("group.id", "test");
    let consumer: Result<Arc<StreamConsumer<Context>>, _> = revival::open(&client, Context);
    let admin: Result<AdminClient<Context>, _> = client.create_with_context(Context);
    let producer: Result<FutureProducer, _> = writer::settings(&config, "test").unwrap().create();
    let reader = match Reader::open(&config, "test", &[]) {
        Err(ReadError::Connection(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{property} is accepted"),
    };
    fs::remove_dir_all(directory).unwrap();
    let others = [consumer.err().unwrap(), admin.err().unwrap(), producer.err().unwrap()];
    others.into_iter().map(ConnectionError::from).chain([reader]).collect()
}

#[test]
fn a_rejected_property_is_named_with_the_reason_and_without_its_value() {
    let jaas = format!("org.apache.kafka.common.security.plain.PlainLoginModule required password=\"{SECRET}\";");
    let long = format!("{SECRET}{}", "x".repeat(2_000));
    let list = format!("gssapi, {SECRET}, generic");
    let misleading = format!("{SECRET} is outside allowed range {SECRET}");
    for (property, value, expected) in [
        ("sasl.jaas.config", jaas.as_str(), "property sasl.jaas.config: Java JAAS configuration is not supported"),
        ("sasl.pasword", SECRET, "property sasl.pasword: it has no such property."),
        ("sasl.pasword", &long, "property sasl.pasword: it has no such property."),
        ("socket.timeout.ms", SECRET, "property socket.timeout.ms: its value is not valid."),
        ("socket.timeout.ms", "77417741", "property socket.timeout.ms: its value is outside the range 10..300000."),
        ("enable.ssl.certificate.verification", SECRET, "verification: it must be true or false."),
        ("security.protocol", SECRET, "property security.protocol: its value is not valid."),
        ("security.protocol", &long, "property security.protocol: its value is not valid."),
        ("security.protocol", &misleading, "property security.protocol: its value is not valid."),
        ("debug", &list, "property debug: its value is not valid."),
    ] {
        for error in errors(property, value) {
            let printed = prints(&error);
            assert!(error.to_string().contains(expected), "{printed}");
            assert!(!printed.contains(SECRET) && !printed.contains("77417741"), "{printed}");
        }
    }
}

#[test]
fn a_value_that_only_the_client_itself_rejects_is_not_printed_either() {
    let mut client = ClientConfig::new();
    client.set("security.protocol", "sasl_plaintext").set("sasl.mechanisms", SECRET);
    let rejected: Result<FutureProducer, _> = client.create();
    let printed = prints(&ConnectionError::from(rejected.err().unwrap()));
    assert!(printed.contains("SASL mechanism in sasl.mechanisms") && !printed.contains(SECRET), "{printed}");
    let rejected: Result<FutureProducer, _> = ClientConfig::new().set("sasl.password", format!("{SECRET}\0")).create();
    assert!(matches!(ConnectionError::from(rejected.err().unwrap()), ConnectionError::Nul));
}
