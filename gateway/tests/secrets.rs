//! What a gateway says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, SECRET, says_no_secret};

const CONFIG: &str = "kafka: {bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}
mongodb: {uriFile: FOLDER/mongodb}
adminAddress: ADMIN
http: {address: HTTP}
web: {directory: FOLDER, mapStyle: /style.json, mapOrigins: ['https://tiles.example']}
elasticsearch: {url: 'https://127.0.0.1:1', secretDirectory: FOLDER/elasticsearch}
traces: {url: 'http://127.0.0.1:1'}
notifications: true
";

#[test]
fn no_secret_is_said() {
    let right = Case::new(CONFIG).file("elasticsearch/username", "me").file("elasticsearch/password", SECRET);
    let mut cases = right.with_mistakes_for_kafka();
    cases.extend(right.with_mistakes_for_mongodb());
    cases.push(right.clone().file("elasticsearch/apiKey", SECRET));
    cases.push(right.clone().file("elasticsearch/password", "hunter2PLANTED\u{1}"));
    cases.push(right.clone().file("elasticsearch/ca.crt", SECRET));
    cases.extend([
        right.but("propertiesDirectory: FOLDER/kafka", "sasl.password: hunter2PLANTED"),
        right.but(
            "{bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}",
            "'me:hunter2PLANTED@127.0.0.1:1'",
        ),
        right.but("{uriFile: FOLDER/mongodb}", "'mongodb://me:hunter2PLANTED@127.0.0.1:1/test'"),
        right.but("uriFile: FOLDER/mongodb", "uri: 'mongodb://me:hunter2PLANTED@127.0.0.1:1/test'"),
        right.but("{address: HTTP}", "{address: HTTP, allowedOrigins: ['https://me:hunter2PLANTED@a.example']}"),
        right.but("url: 'https://127.0.0.1:1'", "url: 'https://me:hunter2PLANTED@127.0.0.1:1'"),
        right.but("secretDirectory: FOLDER/elasticsearch", "password: hunter2PLANTED"),
        right.but("url: 'http://127.0.0.1:1'", "url: 'http://me:hunter2PLANTED@127.0.0.1:1'"),
        right.but("/style.json", "'ftp://me:hunter2PLANTED@tiles.example'"),
        right.but("https://tiles.example", "ftp://me:hunter2PLANTED@tiles.example"),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-gateway"), &cases);
}
