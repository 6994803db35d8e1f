//! Asks the gateway over HTTP: through the API server, which reaches it wherever it runs, or at an address that was typed.

use crate::cluster::Cluster;
use crate::error::Error;
use http::{Request, StatusCode, Uri};
use k8s_openapi::api::core::v1::Service;
use kube::api::ListParams;
use kube::client::Body;
use kube::{Api, Client, Config, ResourceExt};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const SELECTOR: &str = "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-gateway";
/// Longer than the gateway itself waits for its servers.
const PATIENCE: Duration = Duration::from_secs(15);
/// The pause before a question is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Where the gateway is.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GatewayArguments {
    /// The gateway's address, such as `http://127.0.0.1:30080`; default: its Service, through the API server.
    #[arg(long, value_name = "URL", env = "CODE_DELIVERY_GATEWAY")]
    pub gateway: Option<String>,
}

/// A gateway that can be asked.
#[derive(Clone)]
pub struct Gateway {
    client: Client,
    /// What comes before each path.
    base: String,
    /// Where it is, for messages.
    place: String,
}

/// What it answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status of the answer.
    pub status: StatusCode,
    /// Its JSON; null when it is none.
    pub body: Value,
}

impl Reply {
    /// The stable name of what is wrong, if the gateway says that something is.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.body.pointer("/error/reason")?.as_str()
    }

    /// What is wrong, in the gateway's own words.
    #[must_use]
    pub fn message(&self) -> String {
        let said = self.body.pointer("/error/message").and_then(Value::as_str);
        said.map_or_else(|| format!("It answers {}.", self.status), str::to_owned)
    }
}

impl GatewayArguments {
    /// Finds the gateway: at the address that was typed, or the one in the namespace of the installation.
    ///
    /// # Errors
    /// When there is none, or it may not be looked for.
    pub async fn find(&self, cluster: &Cluster, namespace: &str) -> Result<Gateway, Error> {
        if let Some(address) = &self.gateway {
            return at(address);
        }
        let (name, port) = service(cluster, namespace).await?;
        Ok(Gateway {
            client: cluster.once.clone(),
            base: format!("/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy"),
            place: format!("of the Service {namespace}/{name}"),
        })
    }

    /// The gateway of a reader in the cluster, which has an address and no API server.
    ///
    /// # Errors
    /// When no address was typed, or it is none.
    pub fn typed(&self) -> Result<Gateway, Error> {
        let address = self.gateway.as_ref();
        at(address.ok_or_else(|| Error::Invalid("Name the gateway with --gateway.".to_owned()))?)
    }
}

/// The address of the gateway for who is in the cluster.
///
/// # Errors
/// When there is no gateway, or it may not be looked for.
pub async fn address_inside(cluster: &Cluster, namespace: &str) -> Result<String, Error> {
    let (name, port) = service(cluster, namespace).await?;
    Ok(format!("http://{name}.{namespace}.svc:{port}"))
}

/// The gateway's Service and its port.
async fn service(cluster: &Cluster, namespace: &str) -> Result<(String, i32), Error> {
    let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let found = services.list(&ListParams::default().labels(SELECTOR)).await;
    let found = found.map_err(Error::api("The gateway's Service cannot be looked for"))?;
    let port = |service: &Service| Some(service.spec.as_ref()?.ports.as_ref()?.first()?.port);
    let found = found.items.first().and_then(|service| Some((service.name_any(), port(service)?)));
    found.ok_or_else(|| {
        Error::NoInstallation(format!("The namespace {namespace} has no gateway; name it with --gateway."))
    })
}

fn at(address: &str) -> Result<Gateway, Error> {
    let invalid = |error: &dyn std::fmt::Display| {
        Error::Invalid(format!("{address} is no address of a gateway ({error}); write it as http://127.0.0.1:30080."))
    };
    let address = address.trim_end_matches('/');
    let uri: Uri = address.parse().map_err(|error| invalid(&error))?;
    if uri.scheme().is_none() {
        return Err(invalid(&"it has no scheme"));
    }
    // A 503 of the gateway is an answer.
    let mut config = Config::new(uri);
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| invalid(&error))?;
    Ok(Gateway { client, base: String::new(), place: format!("at {address}") })
}

impl Gateway {
    /// Asks for a path, with its question mark and what follows.
    ///
    /// # Errors
    /// When it does not answer. An answer that says what is wrong is an answer.
    pub async fn get(&self, path: &str) -> Result<Reply, Error> {
        let away = |why: String| {
            Error::Gateway(format!("The gateway {} does not answer: {why}. Check that it runs.", self.place))
        };
        let request = Request::get(format!("{}{path}", self.base)).body(Body::empty());
        let request = request.map_err(|error| away(error.to_string()))?;
        let asked = async {
            let (parts, body) = self.client.send(request).await?.into_parts();
            Ok::<_, kube::Error>((parts.status, body.collect_bytes().await?))
        };
        let answer = timeout(PATIENCE, asked).await;
        let (status, body) = answer
            .map_err(|_| away(format!("nothing within {} s", PATIENCE.as_secs())))?
            .map_err(|error| away(deepest(&error)))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        // Of the API server, not of the gateway.
        if body["kind"] == "Status" && body["apiVersion"] == "v1" {
            return Err(away(body["message"].as_str().unwrap_or("the API server refuses").to_owned()));
        }
        Ok(Reply { status, body })
    }
}

impl Gateway {
    /// Asks for what must be there; as long as it is not to be had now, again and again within `patience`.
    ///
    /// # Errors
    /// When it is not to be had in the end, or the answer is of another shape.
    pub async fn ask<T: DeserializeOwned>(&self, path: &str, patience: Duration) -> Result<T, Error> {
        let deadline = Instant::now() + patience;
        loop {
            let reply = self.get(path).await?;
            if reply.status == StatusCode::SERVICE_UNAVAILABLE && Instant::now() + PAUSE < deadline {
                sleep(PAUSE).await;
                continue;
            }
            if reply.status != StatusCode::OK {
                return Err(Error::Gateway(reply.message()));
            }
            return serde_json::from_value(reply.body).map_err(|error| {
                Error::Gateway(format!("The gateway {} is of another release: {error}.", self.place))
            });
        }
    }
}

/// What the system says in the end; the errors above it say only that there was one.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// Text as a part of a path or as a parameter's value.
#[must_use]
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Response;
    use serde_json::json;

    async fn answer(status: u16, body: Value) -> Result<Reply, Error> {
        let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        let serving = tokio::spawn(async move {
            let (request, send) = handle.next_request().await.unwrap();
            let body = Body::from(serde_json::to_vec(&body).unwrap());
            send.send_response(Response::builder().status(status).body(body).unwrap());
            request.uri().to_string()
        });
        let gateway =
            Gateway { client: Client::new(service, "shop"), base: "/base".into(), place: "of the test".into() };
        let reply = gateway.get(&format!("/deliveries?courier={}", encoded("José & co"))).await;
        assert_eq!(serving.await.unwrap(), "/base/deliveries?courier=Jos%C3%A9%20%26%20co");
        reply
    }

    #[tokio::test]
    async fn an_answer_that_says_what_is_wrong_is_an_answer_and_a_refusal_of_the_api_server_is_none() {
        let wrong = json!({"error": {"reason": "HistoryOff", "message": "There is no Elasticsearch."}});
        let reply = answer(404, wrong).await.unwrap();
        assert_eq!((reply.status, reply.reason()), (StatusCode::NOT_FOUND, Some("HistoryOff")));
        assert_eq!(reply.message(), "There is no Elasticsearch.");
        let refusal = json!({"kind": "Status", "apiVersion": "v1", "message": "services is forbidden", "code": 403});
        let error = answer(403, refusal).await.unwrap_err().to_string();
        assert!(error.contains("of the test") && error.contains("services is forbidden"), "{error}");
        assert_eq!(answer(502, json!("oh")).await.unwrap().message(), "It answers 502 Bad Gateway.");
    }

    #[tokio::test]
    async fn an_address_must_be_one() {
        assert!(at("http://127.0.0.1:30080/").is_ok());
        let message = at("127.0.0.1:30080").err().unwrap().to_string();
        assert!(message.contains("127.0.0.1:30080"), "{message}");
    }
}
