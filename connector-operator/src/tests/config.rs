use super::*;

fn example() -> Config {
    serde_yaml::from_str(
        "
            source: shop/code-delivery
            watchNamespaces: [shop]
            clusters:
              connect: { url: 'http://connect:8083' }
            ",
    )
    .unwrap()
}

fn cluster(url: &str) -> Cluster {
    Cluster { url: url.to_owned(), credentials_directory: None, namespaces: BTreeSet::new() }
}

#[test]
fn a_short_file_is_enough() {
    let config = example();
    config.check().unwrap();
    assert_eq!(config.resync(), Duration::from_secs(30));
    assert_eq!(config.admin_address.port(), 9090);
}

#[test]
fn a_mistyped_field_is_refused_by_its_name() {
    let error = serde_yaml::from_str::<Cluster>("uri: http://connect:8083").unwrap_err().to_string();
    assert!(error.contains("uri") && error.contains("url"), "{error}");
}

#[test]
fn an_invalid_configuration_is_refused_before_anything_starts() {
    let changed = |change: fn(&mut Config)| {
        let mut config = example();
        change(&mut config);
        config.check().unwrap_err()
    };
    assert_eq!(changed(|config| config.source = "a b".to_owned()), ConfigError::Source("a b".to_owned()));
    assert_eq!(changed(|config| config.watch_namespaces.clear()), ConfigError::NothingWatched);
    assert_eq!(changed(|config| config.clusters.clear()), ConfigError::NoClusters);
    assert_eq!(changed(|config| config.resync_seconds = 0), ConfigError::Resync);
    let elsewhere = ConfigError::NotWatched { name: "connect".to_owned(), namespace: "audit".to_owned() };
    let for_audit = |config: &mut Config| {
        config.clusters.get_mut("connect").unwrap().namespaces.extend(["shop".to_owned(), "audit".to_owned()]);
    };
    assert_eq!(changed(for_audit), elsewhere);
    let with_url = |url: &str| {
        let mut config = example();
        config.clusters.insert("b".to_owned(), cluster(url));
        config.check()
    };
    for wrong in ["connect:8083", "kafka://connect:8083", "", "http://", "http://connect:8083/?a=b"] {
        assert!(matches!(with_url(wrong), Err(ConfigError::Url { .. })), "{wrong}");
    }
    for right in ["http://connect", "https://connect.example.com:8443", "http://10.0.0.1:8083/connect"] {
        assert_eq!(with_url(right), Ok(()), "{right}");
    }
}

#[test]
fn a_password_is_neither_sent_unencrypted_nor_shown() {
    let mut config = example();
    let cluster = |url: &str| Cluster { credentials_directory: Some("/etc/login".into()), ..cluster(url) };
    config.clusters.insert("b".to_owned(), cluster("http://connect:8083"));
    assert_eq!(config.check(), Err(ConfigError::PasswordInPlainText("b".to_owned())));
    config.clusters.insert("b".to_owned(), cluster("https://user:secret@connect:8083"));
    let shown = config.check().unwrap_err().to_string();
    assert!(shown.contains("…@connect:8083") && !shown.contains("secret"), "{shown}");
}
