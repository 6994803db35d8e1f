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
    let given = whole.mongodb.is_some() && whole.elasticsearch.is_some() && whole.web.map_style.is_some();
    assert!(given, "what is commented out is valid too");
}

/// Whether a comment is a commented-out setting.
fn is_setting(comment: &str) -> bool {
    let settings = [
        "mongodb:",
        "  uriFile:",
        "  database:",
        "elasticsearch:",
        "  url:",
        "  secretDirectory:",
        "  indexPrefix:",
        "propertiesDirectory:",
        "mapStyle:",
    ];
    settings.iter().any(|setting| comment.starts_with(setting))
}

#[test]
fn a_mistake_is_named() {
    for (line, word) in [
        ("limit: {}", "limit"),
        ("limits: {connection: 3}", "connection"),
        ("limits: {connections: 0}", "limits.connections"),
        ("limits: {frameBytes: 16000000000}", "limits.frameBytes"),
        ("http: {allowedOrigins: [app.example]}", "app.example"),
        ("web: {mapStyle: 'tiles.example/style'}", "web.mapStyle"),
        ("web: {mapOrigins: ['*.example']}", "*.example"),
        ("mongodb: {}", "uriFile"),
        ("elasticsearch: {}", "url"),
        ("elasticsearch: {url: 'elastic:9200'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'ftp://elastic'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'http://user:secret@elastic:9200'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'http://elastic:9200?a=b'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'http://elastic:9200', indexPrefix: 'a/b,*'}", "elasticsearch.indexPrefix"),
        ("elasticsearch: {url: 'http://elastic:9200', password: x}", "password"),
    ] {
        let error = read(&format!("kafka: {{bootstrapServers: 'kafka:9092'}}\n{line}")).unwrap_err();
        assert!(error.contains(word), "{line}: {error}");
    }
}
