use super::*;

/// Why a file cannot be used.
fn problem(yaml: &str) -> String {
    match serde_yaml::from_str::<Config>(yaml) {
        Ok(config) => config.check().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_mistake_is_named() {
    for (line, word) in [
        ("limit: {}", "limit"),
        ("limits: {connection: 3}", "connection"),
        ("limits: {connections: 0}", "limits.connections"),
        ("limits: {frameBytes: 16000000000}", "limits.frameBytes"),
        ("http: {allowedOrigins: [app.example]}", "app.example"),
        ("http: {trustedProxies: [10.0.0.0/40]}", "10.0.0.0/40"),
        ("limits: {allAddressesFactor: 0}", "limits.allAddressesFactor"),
        ("limits: {perAddress: {start: 3}}", "start"),
        ("limits: {perAddress: {starts: 100000000}}", "limits.perAddress.starts"),
        ("web: {mapStyle: 'tiles.example/style'}", "web.mapStyle"),
        ("web: {mapOrigins: ['*.example']}", "*.example"),
        ("requests: {namespaces: [a]}", "namespaces"),
        ("mongodb: {}", "uriFile"),
        ("elasticsearch: {}", "url"),
        ("elasticsearch: {url: 'elastic:9200'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'ftp://elastic'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'http://user:secret@elastic:9200'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'http://elastic:9200?a=b'}", "elasticsearch.url"),
        ("elasticsearch: {url: 'http://elastic:9200', indexPrefix: 'a/b,*'}", "elasticsearch.indexPrefix"),
        ("elasticsearch: {url: 'http://elastic:9200', password: x}", "password"),
        ("traces: {}", "url"),
        ("traces: {url: 'shop/jaeger:16686'}", "traces.url"),
        ("traces: {url: 'http://user:secret@jaeger:16686'}", "traces.url"),
    ] {
        let error = problem(&format!("kafka: {{bootstrapServers: 'kafka:9092'}}\n{line}"));
        assert!(error.contains(word), "{line}: {error}");
    }
}
