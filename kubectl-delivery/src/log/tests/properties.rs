use super::*;

fn of(name: &str) -> Option<String> {
    refused(["security.protocol", name], "north/kafka-client").map(|refused| refused.to_string())
}

#[test]
fn what_a_client_needs_is_used() {
    for name in [
        "sasl.mechanism",
        "sasl.username",
        "sasl.password",
        "ssl.ca.pem",
        "ssl.certificate.pem",
        "ssl.key.pem",
        "ssl.key.password",
        "ssl.endpoint.identification.algorithm",
        "socket.timeout.ms",
    ] {
        assert_eq!(of(name), None, "{name}");
    }
}

#[test]
fn what_could_load_code_run_a_command_read_a_file_or_call_a_server_is_refused() {
    for (name, could) in [
        ("plugin.library.paths", "load code"),
        ("ssl.engine.location", "load code"),
        ("ssl.providers", "load code"),
        ("sasl.kerberos.kinit.cmd", "run a command"),
        ("sasl.oauthbearer.token.endpoint.url", "call another server"),
        ("sasl.oauthbearer.assertion.private.key.file", "call another server"),
        ("ssl.ca.location", "read a file"),
        ("SSL.Key.Location", "read a file"),
        ("sasl.kerberos.keytab", "read a file"),
        ("https.ca.location", "read a file"),
    ] {
        let sentence = of(name).unwrap_or_else(|| panic!("{name} was taken"));
        let expected = format!(
            "The property {name} in the Secret north/kafka-client could make this program {could} on this machine"
        );
        assert!(sentence.starts_with(&expected), "{sentence}");
    }
}
