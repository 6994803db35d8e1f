//! Orders purchases at the service itself, and asks the services for what became of each, by its id.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use delivery_e2e::cluster::Cluster;
use delivery_e2e::http::Connections;
use delivery_e2e::server::Server;
use delivery_e2e::{shop, unique};
use http::StatusCode;
use serde_json::Value;
use tokio::time::timeout;

/// The customers of all orders.
const CUSTOMERS: u32 = 500;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// The services of purchases and invoices, and orders with keys and customers that no other one has.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    /// In the customers' addresses.
    pub(super) run: String,
    purchases: String,
    invoices: String,
    connections: Connections,
}

impl Shop {
    /// Finds the services.
    pub(super) async fn find(cluster: &Cluster) -> Result<Self> {
        let namespace = cluster.client.default_namespace().to_owned();
        let [purchases, invoices] = ["code-delivery-purchases", "code-delivery-invoices"];
        Ok(Self {
            run: unique("bench"),
            purchases: Server::find(cluster, &namespace, purchases).await?.address().to_owned(),
            invoices: Server::find(cluster, &namespace, invoices).await?.address().to_owned(),
            connections: Connections::default(),
        })
    }

    /// Orders; the purchase's id.
    pub(super) async fn order(&self, number: u32) -> Result<String> {
        let order = shop::order(&format!("c{}@{}.example.com", number % CUSTOMERS, self.run));
        let key = format!("{}-{number}", self.run);
        let taken = timeout(ANSWER, shop::post_to(&self.connections, &self.purchases, &order, &key)).await;
        let purchase = taken.with_context(|| format!("the order {key} is not answered within {ANSWER:?}"))??;
        Ok(purchase["id"].as_str().context("a purchase has an id")?.to_owned())
    }

    /// A purchase, if there is one of this id.
    pub(super) async fn purchase(&self, id: &str) -> Result<Option<Value>> {
        self.one(format!("{}/purchases/{id}", self.purchases)).await
    }

    /// The invoice of a purchase, which has the purchase's id, if there is one yet.
    pub(super) async fn invoice(&self, id: &str) -> Result<Option<Value>> {
        self.one(format!("{}/invoices/{id}", self.invoices)).await
    }

    async fn one(&self, url: String) -> Result<Option<Value>> {
        let answer = timeout(ANSWER, self.connections.get(&url)).await;
        match answer.with_context(|| format!("{url} does not answer within {ANSWER:?}"))?? {
            (StatusCode::OK, value) => Ok(Some(value)),
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, value) => bail!("GET {url} is answered with {status}: {value}"),
        }
    }
}
