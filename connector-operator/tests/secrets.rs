//! What a connector operator says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, SECRET, says_no_secret};

const CONFIG: &str = "source: a/b
adminAddress: ADMIN
watchNamespaces: [a]
clusters:
  connect: {url: 'https://127.0.0.1:1', credentialsDirectory: FOLDER/connect}
";

#[test]
fn no_secret_is_said() {
    let right = Case::new(CONFIG).file("connect/username", "me").file("connect/password", SECRET);
    let mut cases = vec![right.clone()];
    cases.extend([
        right.clone().file("connect/password", "hunter2PLANTED\u{1}\n\n"),
        right.clone().file("kubeconfig", SECRET),
        right.but("https://127.0.0.1:1", "https://me:hunter2PLANTED@127.0.0.1:1"),
        right.but("https://127.0.0.1:1", "me:hunter2PLANTED@127.0.0.1:1"),
        right.but("credentialsDirectory: FOLDER/connect", "password: hunter2PLANTED"),
        right.but(
            "{url: 'https://127.0.0.1:1', credentialsDirectory: FOLDER/connect}",
            "'https://me:hunter2PLANTED@127.0.0.1:1'",
        ),
        right.but("adminAddress: ADMIN", "adminAddress: 'me:hunter2PLANTED@127.0.0.1:1'"),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-connector-operator"), &cases);
}
