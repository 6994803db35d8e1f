use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Writes a kubeconfig with one context, cluster and user of this name.
fn write(directory: &Path, name: &str, server: &str, proxy: Option<&str>) -> PathBuf {
    let proxy = proxy.map(|proxy| format!(", proxy-url: {proxy:?}")).unwrap_or_default();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {name}\n\
         clusters: [{{name: {name}, cluster: {{server: {server:?}{proxy}}}}}]\n\
         contexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]\n\
         users: [{{name: {name}, user: {{}}}}]\n"
    );
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn files_in_kubeconfig_that_do_not_exist_are_skipped() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("none");
    let first = write(directory.path(), "first", "https://first.invalid", None);
    let second = write(directory.path(), "second", "https://second.invalid", None);
    let found = merged([missing.clone(), first, missing.clone(), second].into_iter()).unwrap().unwrap();
    assert_eq!(found.current_context.as_deref(), Some("first"));
    assert_eq!(found.contexts.iter().map(|context| context.name.as_str()).collect::<Vec<_>>(), ["first", "second"]);

    assert!(merged(std::iter::empty()).unwrap().is_none());
    let none = merged([missing.clone()].into_iter()).unwrap_err().to_string();
    assert!(none.contains("none"), "{none}");
    fs::write(&missing, "clusters: 1").unwrap();
    assert!(merged([missing].into_iter()).is_err(), "a file that exists must be valid");
}

#[tokio::test]
async fn clients_with_a_proxy_of_any_kind_are_built() {
    let directory = TempDir::new().unwrap();
    for proxy in ["http://proxy.invalid:3128", "https://proxy.invalid:3128", "socks5://proxy.invalid:1080"] {
        let file = write(directory.path(), "proxied", "https://api.invalid:6443", Some(proxy));
        let connection = Connection { kubeconfig: Some(file), ..Connection::default() };
        if let Err(error) = connection.cluster().await {
            panic!("{proxy}: {error}");
        }
    }
}

/// The first request that reaches a server, as text.
async fn request_of(change: impl FnOnce(&mut Connection)) -> String {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let directory = TempDir::new().unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: first\n\
         clusters: [{{name: first, cluster: {{server: 'http://first.invalid'}}}}, {{name: other, cluster: {{server: {address:?}}}}}]\n\
         contexts: [{{name: first, context: {{cluster: first, user: first}}}}]\n\
         users: [{{name: first, user: {{token: of-the-first}}}}, {{name: other, user: {{token: of-the-other}}}}]\n"
    );
    let file = directory.path().join("config");
    fs::write(&file, text).unwrap();
    let mut connection = Connection { kubeconfig: Some(file), cluster: Some("other".into()), ..Connection::default() };
    change(&mut connection);
    let cluster = connection.cluster().await.unwrap();
    let asked = async {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut request = [0; 1_024];
        let length = stream.read(&mut request).await.unwrap();
        let version = r#"{"major":"1","minor":"34","gitVersion":"","gitCommit":"","gitTreeState":"","buildDate":"","goVersion":"","compiler":"","platform":""}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{version}",
            version.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..length]).to_lowercase()
    };
    let (request, answer) = tokio::join!(asked, cluster.no_retry.apiserver_version());
    answer.unwrap();
    request
}

#[tokio::test]
async fn cluster_user_and_impersonation_are_those_of_the_flags() {
    let plain = request_of(|_| ()).await;
    assert!(plain.contains("authorization: bearer of-the-first"), "{plain}");
    assert!(!plain.contains("impersonate"), "{plain}");
    let other = request_of(|connection| {
        connection.user = Some("other".into());
        connection.impersonate = Some("ana".into());
        connection.impersonate_groups = vec!["couriers".into(), "admins".into()];
    })
    .await;
    assert!(other.contains("authorization: bearer of-the-other"), "{other}");
    assert!(other.contains("impersonate-user: ana"), "{other}");
    assert!(other.contains("impersonate-group: couriers") && other.contains("impersonate-group: admins"), "{other}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_after_the_request_timeout() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let directory = TempDir::new().unwrap();
    let file = write(directory.path(), "silent", &format!("http://{}", server.local_addr().unwrap()), None);
    let limit = Some(SignedDuration::from_millis(100));
    let connection = Connection { kubeconfig: Some(file), request_timeout: limit, ..Connection::default() };
    let cluster = connection.cluster().await.unwrap();
    let asking = tokio::time::timeout(Duration::from_secs(20), cluster.no_retry.apiserver_version());
    asking.await.expect("it gives up by itself").unwrap_err();
    assert_eq!(connection.server().await.unwrap(), format!("http://{}/", server.local_addr().unwrap()));
}

#[tokio::test]
async fn the_proxy_of_the_kubeconfig_is_asked_for_the_api_server() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let directory = TempDir::new().unwrap();
    let file = write(directory.path(), "proxied", "https://api.invalid:6443", Some(&address));
    let connection = Connection { kubeconfig: Some(file), ..Connection::default() };
    let cluster = connection.cluster().await.unwrap();
    let proxied = async {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut request = [0; 256];
        let length = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    };
    let (request, answer) = tokio::join!(proxied, cluster.no_retry.apiserver_version());
    assert!(request.starts_with("CONNECT api.invalid:6443 "), "{request}");
    answer.unwrap_err();
}
