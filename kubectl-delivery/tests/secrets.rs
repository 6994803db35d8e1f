//! What the plugin says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, SECRET, says_no_secret};

#[test]
fn no_secret_is_said() {
    let topics =
        Case::of_command(&["topics", "--bootstrap-servers", "127.0.0.1:1", "--kafka-properties", "FOLDER/kafka"]);
    let mut cases = topics.with_mistakes_for_kafka();
    let configured = Case::of_command(&["topics", "--config", "FOLDER/operator.yaml"]);
    cases.extend(
        ["kafka: 'me:hunter2PLANTED@127.0.0.1:1'\n", "kafka: {bootstrapServers: [hunter2PLANTED]}\n"]
            .map(|text| configured.clone().file("operator.yaml", text)),
    );
    for address in ["http://me:hunter2PLANTED@127.0.0.1:1", "me:hunter2PLANTED@127.0.0.1:1"] {
        cases.push(Case::of_command(&["history", "--gateway", address]));
        cases.push(Case::of_command(&["trace", "primeiro", "--jaeger", address]));
    }
    let server = Case::of_command(&["topics"]);
    cases.push(server.clone());
    for text in [SECRET, "users: hunter2PLANTED\n", "users:\n- name: me\n  user: {token: hunter2PLANTED, exec: [}\n"] {
        cases.push(server.clone().file("kubeconfig", text));
    }
    says_no_secret(env!("CARGO_BIN_EXE_kubectl-delivery"), &cases);
}
