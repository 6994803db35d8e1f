use super::*;

fn read(yaml: &str) -> Result<Config, String> {
    let config: Config = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
    config.check().map_err(|error| error.to_string()).map(|()| config)
}

#[test]
fn only_kafkas_address_has_to_be_given() {
    let config = read("kafka: {bootstrapServers: 'kafka:9092'}").unwrap();
    assert_eq!(config.limits.connections, 5_000);
    assert_eq!(config.http.address.port(), 8080);
    assert_eq!(config.admin_address.port(), 9090);
    assert!(config.mongodb.is_none());
}

#[test]
fn the_example_shows_the_defaults() {
    let example = include_str!("../../../config.example.yaml");
    let plain = read("kafka: {bootstrapServers: 'kafka.code-delivery-data.svc:9092'}").unwrap();
    assert_eq!(format!("{:?}", read(example).unwrap()), format!("{plain:?}"));
    let whole: String = example
        .lines()
        .map(|line| match line.split_once("# ") {
            Some((indent, rest)) if is_setting(rest) => format!("{indent}{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let whole = read(&whole).unwrap_or_else(|error| panic!("{error}:\n{whole}"));
    let given = whole.requests.namespace.is_some()
        && whole.mongodb.is_some()
        && whole.elasticsearch.is_some()
        && whole.traces.is_some()
        && whole.web.map_style.is_some();
    assert!(given, "what is commented out is valid too");
}

/// Whether a comment is a commented-out setting.
fn is_setting(comment: &str) -> bool {
    let settings = [
        "requests:",
        "  namespace:",
        "mongodb:",
        "  uriFile:",
        "  database:",
        "elasticsearch:",
        "traces:",
        "  url:",
        "  secretDirectory:",
        "  indexPrefix:",
        "propertiesDirectory:",
        "mapStyle:",
        "clientIdKeyFile:",
    ];
    settings.iter().any(|setting| comment.starts_with(setting))
}

#[test]
fn ipv6_addresses_of_servers_are_in_brackets() {
    let config =
        read("kafka: {bootstrapServers: '[fd00::1]:9092'}\nelasticsearch: {url: 'http://[fd00::2]:9200'}").unwrap();
    assert_eq!(config.kafka.bootstrap_servers, "[fd00::1]:9092");
    assert_eq!(config.elasticsearch.unwrap().url, "http://[fd00::2]:9200");
    let bare = read("kafka: {bootstrapServers: '[fd00::1]:9092'}\nelasticsearch: {url: 'http://fd00::2:9200'}");
    assert!(bare.unwrap_err().contains("elasticsearch.url"));
}
