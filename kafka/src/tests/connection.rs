use super::*;

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
fn a_missing_secret_is_named_with_its_path() {
    let config = KafkaConfig {
        bootstrap_servers: "kafka:9092".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: Some("/no/such/secret".into()),
    };
    assert!(config.client("test").unwrap_err().to_string().contains("/no/such/secret"));
}
