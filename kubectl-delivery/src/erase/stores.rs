//! A person's deliveries outside the log: in Kubernetes, and behind the gateway in the delivery store (MongoDB) and the position
//! index (Elasticsearch).

use std::collections::HashSet;

use delivery_api::Delivery;
use futures::{StreamExt as _, stream};
use http::StatusCode;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde_json::Value;

use super::found::{Found, FoundDelivery, FoundIn};
use super::person::Person;
use super::report::Remaining;
use crate::base::Error;
use crate::cluster::connection::Cluster;
use crate::cluster::server::{Reply, Server, encoded};

/// The maximum number of requests in flight.
const CONCURRENCY: usize = 8;
const PAGE: usize = 1_000;

/// The stores outside the log.
pub(crate) struct Stores {
    pub(crate) cluster: Cluster,
    /// The namespaces to search.
    pub(crate) namespaces: Vec<String>,
    /// The gateway, or why it cannot be used.
    pub(crate) gateway: Result<Server, Error>,
}

impl Stores {
    pub(crate) async fn objects(&self, person: &Person) -> Result<Vec<Found>, Error> {
        let all = self.list().await?;
        let theirs = all.into_iter().filter(|delivery| person.is_of_object(delivery));
        Ok(theirs.filter_map(|delivery| Some(Found::Delivery(found_delivery(&delivery)?))).collect())
    }

    /// How many of the deliveries still have an object.
    pub(crate) async fn objects_left(&self, ids: &HashSet<String>) -> Result<usize, Error> {
        let all = self.list().await?;
        Ok(all.iter().filter(|delivery| delivery.uid().is_some_and(|uid| ids.contains(&uid))).count())
    }

    async fn list(&self) -> Result<Vec<Delivery>, Error> {
        let mut all = Vec::new();
        for namespace in &self.namespaces {
            let api: Api<Delivery> = Api::namespaced(self.cluster.client.clone(), namespace);
            let mut page = ListParams::default().limit(500);
            loop {
                let found = api.list(&page).await;
                let found =
                    found.map_err(Error::api(format!("Cannot list the Deliveries of the namespace {namespace}")))?;
                all.extend(found.items);
                let Some(next) = found.metadata.continue_.filter(|next| !next.is_empty()) else { break };
                page = page.continue_token(&next);
            }
        }
        Ok(all)
    }

    /// Past deliveries, which Kafka may no longer have: from the delivery store by courier (it has no client ids), and from the
    /// position index by either. Also returns what could not be searched, as sentences.
    pub(crate) async fn past(&self, person: &Person) -> (Vec<Found>, Vec<String>) {
        let gateway = match &self.gateway {
            Ok(gateway) => gateway,
            Err(error) => return (Vec::new(), vec![error.to_string()]),
        };
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        if let Some(courier) = person.courier()
            && let Err(problem) = delivery_store(gateway, courier, &mut found).await
        {
            problems.push(problem);
        }
        if let Err(problem) = position_index(gateway, person, &mut found).await {
            problems.push(problem);
        }
        (found, problems)
    }

    /// Which of the deliveries are still in the gateway's memory or in MongoDB.
    pub(crate) async fn delivery_store_left(&self, ids: &[String]) -> Remaining {
        self.check_each(
            ids,
            |id| format!("/deliveries/{}", encoded(id)),
            |reply| match reply.status {
                StatusCode::OK => Ok(true),
                StatusCode::NOT_FOUND => Ok(false),
                _ => Err(reply.message()),
            },
        )
        .await
    }

    /// Which of the deliveries are still in the index, or still have positions there.
    pub(crate) async fn position_index_left(&self, ids: &[String]) -> Remaining {
        let path = |id: &str| format!("/history/deliveries/{}/positions?limit=1", encoded(id));
        self.check_each(ids, path, |reply| match reply.status {
            StatusCode::OK => Ok(array(&reply.body, "positions").next().is_some()),
            _ => Err(reply.message()),
        })
        .await
    }

    async fn check_each(
        &self,
        ids: &[String],
        path: impl Fn(&str) -> String,
        is_left: impl Fn(&Reply) -> Result<bool, String>,
    ) -> Remaining {
        let gateway = match &self.gateway {
            Ok(gateway) => gateway,
            Err(error) => return Remaining::Unknown(error.to_string()),
        };
        let answers = stream::iter(ids).map(|id| {
            let path = path(id);
            async move { (id.clone(), gateway.get(&path).await) }
        });
        let mut answers = answers.buffer_unordered(CONCURRENCY);
        let mut left = Vec::new();
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(reply) if reply.reason() == Some("HistoryOff") => return Remaining::NotInstalled,
                Ok(reply) => match is_left(&reply) {
                    Ok(true) => left.push(id),
                    Ok(false) => {}
                    Err(why) => return Remaining::Unknown(why),
                },
                Err(error) => return Remaining::Unknown(error.to_string()),
            }
        }
        Remaining::Ids(left)
    }
}

fn found_delivery(delivery: &Delivery) -> Option<FoundDelivery> {
    let request = delivery.annotations().get(delivery_api::names::REQUEST_ID_ANNOTATION).cloned();
    Some(FoundDelivery {
        delivery_id: delivery.uid()?,
        namespace: delivery.namespace(),
        name: Some(delivery.name_any()),
        created_at: delivery.creation_timestamp().map(|time| time.0.as_millisecond()),
        request_id: request,
        places: [FoundIn::Kubernetes].into(),
    })
}

/// Searches `GET /deliveries`, page by page.
async fn delivery_store(gateway: &Server, courier: &str, found: &mut Vec<Found>) -> Result<(), String> {
    let mut before = String::new();
    loop {
        let path = format!("/deliveries?courier={}&limit={PAGE}{before}", encoded(courier));
        let reply = gateway.get(&path).await.map_err(|error| error.to_string())?;
        if reply.status != StatusCode::OK {
            return Err(reply.message());
        }
        found.extend(listed(&reply.body, FoundIn::DeliveryStore, courier));
        // A gateway that does not say so counts as one whose MongoDB does not answer.
        if reply.body.get("deliveryStore").is_none_or(|store| store == "unavailable") {
            return Err("MongoDB does not answer, so deliveries that only it contains were not found.".to_owned());
        }
        let Some(next) = reply.body.get("next").and_then(Value::as_str) else { return Ok(()) };
        before = format!("&before={}", encoded(next));
    }
}

/// Searches the position index.
async fn position_index(gateway: &Server, person: &Person, found: &mut Vec<Found>) -> Result<(), String> {
    let path = match person {
        Person::Courier(name) => format!("/history/traces?courier={}", encoded(name)),
        Person::Client(id) | Person::Customer { id, .. } => format!("/history/traces?client={}", encoded(id)),
    };
    let reply = gateway.get(&path).await.map_err(|error| error.to_string())?;
    // A gateway without an index has no such path.
    if reply.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    if reply.status != StatusCode::OK {
        return Err(reply.message());
    }
    found.extend(listed(&reply.body, FoundIn::PositionIndex, ""));
    let requests = array(&reply.body, "requests");
    found.extend(requests.filter_map(|id| Some(Found::Request(id.as_str()?.to_owned()))));
    if reply.body.get("truncated").is_some_and(|truncated| truncated == true) {
        let problem =
            "The index has more data of this person than fits into one response; run the command again afterwards.";
        return Err(problem.to_owned());
    }
    Ok(())
}

/// The elements of an array in an answer; none if it has no such array.
fn array<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    answer.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The deliveries of a page. Those of other couriers are dropped, in case the server does not know the parameter.
fn listed(page: &Value, store: FoundIn, courier: &str) -> Vec<Found> {
    let text = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
    array(page, "deliveries")
        .filter(|one| courier.is_empty() || one.get("courier").is_some_and(|name| name == courier))
        .filter_map(|one| {
            Some(Found::Delivery(FoundDelivery {
                delivery_id: text(one, "deliveryId")?,
                namespace: text(one, "namespace"),
                name: text(one, "name"),
                created_at: one.get("createdAt").and_then(Value::as_i64),
                request_id: text(one, "requestId"),
                places: [store].into(),
            }))
        })
        .collect()
}

#[cfg(test)]
#[path = "tests/stores.rs"]
mod tests;
