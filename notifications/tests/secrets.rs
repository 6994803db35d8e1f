//! What a notifications service says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, SECRET, says_no_secret};

const CONFIG: &str = "kafka: {bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}
mongodb: {uriFile: FOLDER/mongodb}
adminAddress: ADMIN
http: {address: HTTP}
smtp: {host: 127.0.0.1, port: 1, security: tls, from: shop@example.com}
publicUrl: https://map.example
";

#[test]
fn no_secret_is_said() {
    let right = Case::new(CONFIG).variable("SMTP_USERNAME", "me").variable("SMTP_PASSWORD", SECRET);
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
        right.but(
            "{host: 127.0.0.1, port: 1, security: tls, from: shop@example.com}",
            "'smtp://me:hunter2PLANTED@127.0.0.1:1'",
        ),
        right.but("security: tls", "security: none"),
        right.but("https://map.example", "'ftp://me:hunter2PLANTED@map.example'"),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-notifications"), &cases);
}
