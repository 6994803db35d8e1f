use super::*;

fn read(yaml: &str) -> Result<Config, String> {
    let config: Config = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
    config.check().map_err(|error| error.to_string()).map(|()| config)
}

const SERVERS: &str = "kafka: {bootstrapServers: 'kafka.code-delivery-data.svc:9092'}\n\
    mongodb: {uriFile: /etc/code-delivery-mongodb/uri}\n";

#[test]
fn only_the_servers_have_to_be_given() {
    let config = read(SERVERS).unwrap();
    assert_eq!((config.http.address.port(), config.admin_address.port()), (8080, 9090));
    assert_eq!(config.limits.body_bytes, 32_768);
    assert_eq!(config.payments, PaymentsConfig::default());
}

#[test]
fn the_example_shows_the_defaults() {
    let example = read(include_str!("../../config.example.yaml")).unwrap();
    assert_eq!(format!("{example:?}"), format!("{:?}", read(SERVERS).unwrap()));
}

#[test]
fn a_mistake_is_named() {
    for (line, word) in [
        ("limit: {}", "limit"),
        ("limits: {bodyBytes: 0}", "limits.bodyBytes"),
        ("http: {trustedProxies: [proxy]}", "http.trustedProxies"),
        ("http: {budgets: {allAddressesFactor: 0}}", "http.budgets.allAddressesFactor"),
        ("http: {budgets: {purchases: 1}}", "purchases"),
        ("limits: {httpConnections: 100000000}", "limits.httpConnections"),
        ("payments: {slow: 3}", "slow"),
        ("payments: {delayMilliseconds: 3600001}", "payments.delayMilliseconds"),
        ("payments: {refusedCustomers: [refused]}", "refused"),
        ("http: {port: 80}", "port"),
    ] {
        let error = read(&format!("{SERVERS}{line}")).unwrap_err();
        assert!(error.contains(word), "{line}: {error}");
    }
    assert!(read("kafka: {bootstrapServers: 'kafka:9092'}").unwrap_err().contains("mongodb"));
}
