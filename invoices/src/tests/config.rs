use super::*;

fn config(yaml: &str) -> Config {
    let required = "kafka: {bootstrapServers: 'kafka:9092'}\nmongodb: {uriFile: /uri}\n";
    serde_yaml::from_str(&format!("{required}{yaml}")).unwrap()
}

#[test]
fn the_example_holds_the_defaults_and_every_key_of_it_is_known() {
    let example = include_str!("../../config.example.yaml");
    let read: Config = serde_yaml::from_str(example).unwrap();
    read.check().unwrap();
    let defaults = config("");
    assert_eq!(
        format!("{:?}", (&read.issuer, read.series, read.http)),
        format!("{:?}", (&defaults.issuer, 1, defaults.http))
    );
    assert_eq!((read.drain_seconds, read.mongodb.database), (defaults.drain_seconds, defaults.mongodb.database));
    // With its optional sections.
    let optional: Vec<_> = example
        .lines()
        .map(|line| {
            let setting = line.strip_prefix("# ").or_else(|| line.strip_prefix("#   "));
            let is_setting = setting.is_some_and(|text| {
                text.starts_with("smtp:")
                    || text.starts_with("mapUrl:")
                    || (text.starts_with("  ") && !text.starts_with("  #"))
            });
            if is_setting { setting.unwrap_or(line) } else { line }
        })
        .collect();
    let read: Config = serde_yaml::from_str(&optional.join("\n")).unwrap();
    read.check().unwrap();
    let smtp = read.smtp.unwrap();
    assert_eq!((smtp.port(), smtp.security, smtp.connections), (1025, Security::None, 8));
    assert_eq!(read.map_url.as_deref(), Some("http://127.0.0.1:30080"));
}

#[test]
fn a_value_that_cannot_be_used_is_named_with_the_way_out() {
    for (yaml, expected) in [
        ("series: 0", "series is 0; set it to a number from 1 to 999."),
        ("series: 1000", "series is 1000; set it to a number from 1 to 999."),
        ("mapUrl: map", "mapUrl is \"map\"; set it to an http or https URL."),
        ("http: {connections: 0}", "http.connections is 0; set it to a number from 1 to 100000."),
        ("issuer: {stateCode: 99}", "issuer.stateCode is 99; set it to a number from 11 to 53."),
        ("issuer: {cnpj: '11222333000182'}", "set it to 14 digits, the last two of which check the others."),
        ("issuer: {cnpj: '11.222.333/0001-81'}", "set it to 14 digits, the last two of which check the others."),
        ("smtp: {host: '', from: a@example.com}", "smtp.host is empty"),
        ("smtp: {host: mail, from: nobody}", "smtp.from is \"nobody\", which is not an e-mail address"),
        ("smtp: {host: mail, from: a@example.com, timeoutSeconds: 0}", "smtp.timeoutSeconds is 0"),
        ("smtp: {host: mail, from: a@example.com, connections: 65}", "smtp.connections is 65"),
    ] {
        let message = config(yaml).check().unwrap_err().to_string();
        assert!(message.starts_with("The configuration is not valid: ") && message.contains(expected), "{message}");
    }
    config("smtp: {host: mail, from: Code Delivery <a@example.com>}").check().unwrap();
}

#[test]
fn the_usual_ports_follow_from_the_encryption() {
    let port = |yaml: &str| config(&format!("smtp: {{host: m, from: a@example.com, {yaml}}}")).smtp.unwrap().port();
    assert_eq!((port("security: starttls"), port("security: tls"), port("port: 26")), (587, 465, 26));
}

#[test]
fn a_mistyped_key_is_an_error() {
    let yaml = "kafka: {bootstrapServers: k}\nmongodb: {uriFile: /uri}\nseriez: 1\n";
    assert!(serde_yaml::from_str::<Config>(yaml).unwrap_err().to_string().contains("seriez"));
}
