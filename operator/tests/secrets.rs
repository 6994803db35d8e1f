//! What an operator says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, SECRET, says_no_secret};

const CONFIG: &str = "source: a/b
adminAddress: ADMIN
watchNamespaces: [a]
lease: {namespace: a, name: b}
kafka: {bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}
requests: {namespace: a}
simulator: {image: a, serviceAccountName: a}
";

#[test]
fn no_secret_is_said() {
    let right = Case::new(CONFIG);
    let mut cases = right.with_mistakes_for_kafka();
    cases.push(right.clone().file("kubeconfig", SECRET));
    cases.extend([
        right.but("propertiesDirectory: FOLDER/kafka", "sasl.password: hunter2PLANTED"),
        right.but(
            "{bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}",
            "'me:hunter2PLANTED@127.0.0.1:1'",
        ),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-operator"), &cases);
}
