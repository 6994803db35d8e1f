use super::*;

const LEAST: &str = "kafka: {bootstrapServers: 'kafka:9092'}\nmongodb: {uriFile: /uri}\n";

fn read(yaml: &str) -> Result<Config, String> {
    let config: Config = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
    config.check().map_err(|error| error.to_string()).map(|()| config)
}

#[test]
fn only_the_addresses_of_kafka_and_of_the_database_have_to_be_given() {
    let config = read(LEAST).unwrap();
    assert_eq!((config.http.address.port(), config.admin_address.port()), (8080, 9090));
    assert_eq!((config.limits.body_bytes, config.retention_days), (16 * 1024, 365));
    assert!(config.smtp.is_none() && config.public_url.is_none());
}

#[test]
fn a_mail_server_is_spoken_to_in_private_unless_said_otherwise() {
    let smtp = |more: &str| {
        let yaml = format!("{LEAST}smtp: {{host: mail, from: shop@example.com{more}}}");
        read(&yaml).unwrap().smtp.unwrap()
    };
    for (more, security, port) in [
        ("", Security::Starttls, 587),
        (", security: tls", Security::Tls, 465),
        (", security: none", Security::None, 25),
        (", security: none, port: 1025", Security::None, 1025),
    ] {
        assert_eq!((smtp(more).security, smtp(more).port()), (security, port), "{more}");
    }
}

#[test]
fn the_example_is_valid_with_all_that_it_shows() {
    let example = include_str!("../../config.example.yaml");
    let shown = read(example).unwrap();
    assert!(shown.smtp.is_none());
    let whole: String = example
        .lines()
        .map(|line| match line.split_once("# ") {
            Some((indent, rest)) if is_setting(rest) => format!("{indent}{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let whole = read(&whole).unwrap_or_else(|error| panic!("{error}:\n{whole}"));
    assert!(whole.smtp.is_some() && whole.public_url.is_some());
}

/// Whether a comment is a commented-out setting.
fn is_setting(comment: &str) -> bool {
    let settings = [
        "smtp:",
        "  host:",
        "  port:",
        "  security:",
        "  from:",
        "  timeoutSeconds:",
        "  caFile:",
        "publicUrl:",
        "propertiesDirectory:",
    ];
    settings.iter().any(|setting| comment.starts_with(setting))
}

#[test]
fn a_mistake_is_named() {
    for (line, word) in [
        ("limit: {}", "limit"),
        ("limits: {bodyBytes: 0}", "limits.bodyBytes"),
        ("http: {trustedProxies: [proxy]}", "http.trustedProxies"),
        ("http: {budgets: {allAddressesFactor: 0}}", "http.budgets.allAddressesFactor"),
        ("http: {budgets: {purchases: 1}}", "purchases"),
        ("limits: {httpConnections: 16000000000}", "limits.httpConnections"),
        ("publicUrl: map.example", "publicUrl"),
        ("publicUrl: 'https://map.example/'", "publicUrl"),
        ("publicUrl: 'https://'", "publicUrl"),
        ("smtp: {host: mail}", "from"),
        ("smtp: {host: '', from: shop@example.com}", "smtp.host"),
        ("smtp: {host: mail, from: 'shop@example.com, a@example.com'}", "smtp.from"),
        ("smtp: {host: mail, from: shop@example.com, security: ssl}", "ssl"),
        ("smtp: {host: mail, from: shop@example.com, timeoutSeconds: 600}", "smtp.timeoutSeconds"),
        ("smtp: {host: mail, from: shop@example.com, password: x}", "password"),
    ] {
        let error = read(&format!("{LEAST}{line}")).unwrap_err();
        assert!(error.contains(word), "{line}: {error}");
    }
}
