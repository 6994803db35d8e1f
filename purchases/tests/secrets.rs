//! What a purchases service says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, says_no_secret};

const CONFIG: &str = "kafka: {bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}
mongodb: {uriFile: FOLDER/mongodb}
adminAddress: ADMIN
http: {address: HTTP}
";

#[test]
fn no_secret_is_said() {
    let right = Case::new(CONFIG);
    let mut cases = right.with_mistakes_for_kafka();
    cases.extend(right.with_mistakes_for_mongodb());
    cases.extend([
        right.but("propertiesDirectory: FOLDER/kafka", "sasl.password: hunter2PLANTED"),
        right.but(
            "{bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}",
            "'me:hunter2PLANTED@127.0.0.1:1'",
        ),
        right.but("{uriFile: FOLDER/mongodb}", "'mongodb://me:hunter2PLANTED@127.0.0.1:1/test'"),
        right.but("uriFile: FOLDER/mongodb", "uri: 'mongodb://me:hunter2PLANTED@127.0.0.1:1/test'"),
        right.but("{address: HTTP}", "{address: HTTP, allowedOrigins: ['https://me:hunter2PLANTED@a.example']}"),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-purchases"), &cases);
}
