use prometheus_client::encoding::text::encode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn asked(method: &Method, uri: &str) -> &'static str {
    verb(method, &uri.parse().unwrap())
}

#[test]
fn the_verbs_are_those_of_kubernetes() {
    let one = "/apis/codedelivery.dev/v1/namespaces/shop/deliveries/first";
    let all = "/apis/codedelivery.dev/v1/namespaces/shop/deliveries";
    let page = format!("{all}?limit=500");
    let watch = format!("{all}?&watch=true&timeoutSeconds=290");
    let status = format!("{one}/status?fieldManager=a");
    for (method, uri, expected) in [
        (Method::GET, one, "get"),
        (Method::GET, all, "list"),
        (Method::GET, page.as_str(), "list"),
        (Method::GET, watch.as_str(), "watch"),
        (Method::POST, all, "create"),
        (Method::PUT, one, "update"),
        (Method::PATCH, status.as_str(), "patch"),
        (Method::DELETE, one, "delete"),
        (Method::DELETE, all, "deletecollection"),
        (Method::GET, "/api/v1/namespaces/shop/pods/a", "get"),
        (Method::GET, "/api/v1/namespaces/shop/pods?labelSelector=a", "list"),
        (Method::GET, "/api/v1/namespaces/shop", "get"),
        (Method::GET, "/api/v1/namespaces", "list"),
        (Method::GET, "/api/v1/pods", "list"),
        (Method::GET, "/apis/codedelivery.dev/v1", "get"),
        (Method::GET, "/version", "get"),
        (Method::OPTIONS, all, "other"),
    ] {
        assert_eq!(asked(&method, uri), expected, "{method} {uri}");
    }
}

#[tokio::test]
async fn a_request_counts_by_verb_and_status_whether_or_not_it_is_answered() {
    let requests = ApiRequests::default();
    let (inner, mut server) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let mut client = requests.layer(inner);
    for code in [Some(200_u16), Some(409), None] {
        std::future::poll_fn(|context| client.poll_ready(context)).await.unwrap();
        let request = Request::builder().method(Method::PATCH).uri("/api/v1/namespaces/shop/pods/a");
        let answer = client.call(request.body(Body::empty()).unwrap());
        let (_, reply) = server.next_request().await.unwrap();
        if let Some(code) = code {
            reply.send_response(Response::builder().status(code).body(Body::empty()).unwrap());
        } else {
            reply.send_error("the connection broke");
        }
        assert_eq!(answer.await.is_ok(), code.is_some());
    }
    let mut registry = Registry::with_prefix("delivery_test");
    requests.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        r#"delivery_test_kubernetes_requests_total{verb="patch",code="200"} 1"#,
        r#"delivery_test_kubernetes_requests_total{verb="patch",code="409"} 1"#,
        r#"delivery_test_kubernetes_requests_total{verb="patch",code="none"} 1"#,
        r#"delivery_test_kubernetes_request_duration_seconds_count{verb="patch"} 3"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

/// An API server that answers a request with the beginning of an answer, if there is one, and is silent from then on.
async fn silent(beginning: &'static str) -> Config {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            assert!(socket.read(&mut request).await.unwrap() > 0);
            socket.write_all(beginning.as_bytes()).await.unwrap();
            open.push(socket);
        }
    });
    Config::new(address)
}

#[tokio::test]
async fn an_api_server_that_does_not_answer_or_stops_in_the_middle_is_given_up() {
    let (short, long) = (Duration::from_millis(50), Duration::from_hours(1));
    for (beginning, answer, silence) in
        [("", short, long), ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", long, short)]
    {
        let config = silent(beginning).await;
        let client = ApiRequests::default().client_within(answer, silence, config).unwrap();
        let asked = tokio::time::timeout(Duration::from_secs(20), client.apiserver_version()).await;
        asked.expect("it is given up").unwrap_err();
    }
}
