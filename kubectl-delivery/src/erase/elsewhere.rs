//! What Kubernetes and the gateway know of a person's deliveries: what there is to erase, and what is left of it.

use super::found::{Found, Place, Subject};
use super::report::Told;
use super::who::Who;
use crate::cluster::Cluster;
use crate::error::Error;
use crate::gateway::{Gateway, Reply, encoded};
use delivery_api::Delivery;
use futures::{StreamExt as _, stream};
use http::StatusCode;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde_json::Value;
use std::collections::HashSet;

/// Questions that are asked at once.
const AT_ONCE: usize = 8;
const PAGE: usize = 1_000;

/// The places that are not the log.
pub struct Elsewhere {
    /// The cluster.
    pub cluster: Cluster,
    /// The namespaces whose Deliveries are looked at.
    pub namespaces: Vec<String>,
    /// The gateway, or why there is none.
    pub gateway: Result<Gateway, String>,
}

impl Elsewhere {
    /// The objects of a person.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn objects(&self, who: &Who) -> Result<Vec<Found>, Error> {
        let all = self.list().await?;
        let theirs = all.into_iter().filter(|delivery| who.is_of_object(delivery));
        Ok(theirs.filter_map(|delivery| Some(Found::Delivery(subject(&delivery)?))).collect())
    }

    /// How many of the deliveries have an object.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn objects_left(&self, ids: &HashSet<String>) -> Result<usize, Error> {
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
                let found = found
                    .map_err(Error::api(format!("The Deliveries of the namespace {namespace} cannot be listed")))?;
                all.extend(found.items);
                let Some(next) = found.metadata.continue_.filter(|next| !next.is_empty()) else { break };
                page = page.continue_token(&next);
            }
        }
        Ok(all)
    }

    /// Past deliveries, which Kafka may have forgotten: what MongoDB knows of a courier (it keeps no client), and the index of either.
    /// The second part tells what could not be asked.
    pub async fn past(&self, who: &Who) -> (Vec<Found>, Vec<String>) {
        let gateway = match &self.gateway {
            Ok(gateway) => gateway,
            Err(why) => return (Vec::new(), vec![why.clone()]),
        };
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        if let Some(courier) = who.courier()
            && let Err(problem) = history(gateway, courier, &mut found).await
        {
            problems.push(problem);
        }
        if let Err(problem) = index(gateway, who, &mut found).await {
            problems.push(problem);
        }
        (found, problems)
    }

    /// Which of the deliveries the gateway still knows, from its memory or from `MongoDB`.
    pub async fn history_left(&self, ids: &[String]) -> Told {
        self.ask_each(
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

    /// Of which of the deliveries the index still has positions, or the delivery itself.
    pub async fn index_left(&self, ids: &[String]) -> Told {
        let path = |id: &str| format!("/history/deliveries/{}/positions?limit=1", encoded(id));
        self.ask_each(ids, path, |reply| match reply.status {
            StatusCode::OK => Ok(reply.body["positions"].as_array().is_some_and(|positions| !positions.is_empty())),
            _ => Err(reply.message()),
        })
        .await
    }

    async fn ask_each(
        &self,
        ids: &[String],
        path: impl Fn(&str) -> String,
        is_left: impl Fn(&Reply) -> Result<bool, String>,
    ) -> Told {
        let gateway = match &self.gateway {
            Ok(gateway) => gateway,
            Err(why) => return Told::Unknown(why.clone()),
        };
        let answers = stream::iter(ids).map(|id| {
            let path = path(id);
            async move { (id.clone(), gateway.get(&path).await) }
        });
        let mut answers = answers.buffer_unordered(AT_ONCE);
        let mut left = Vec::new();
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(reply) if reply.reason() == Some("HistoryOff") => return Told::Off,
                Ok(reply) => match is_left(&reply) {
                    Ok(true) => left.push(id),
                    Ok(false) => {}
                    Err(why) => return Told::Unknown(why),
                },
                Err(error) => return Told::Unknown(error.to_string()),
            }
        }
        Told::Left(left)
    }
}

fn subject(delivery: &Delivery) -> Option<Subject> {
    let request = delivery.annotations().get(delivery_api::names::REQUEST_ID_ANNOTATION).cloned();
    Some(Subject {
        delivery_id: delivery.uid()?,
        namespace: delivery.namespace(),
        name: Some(delivery.name_any()),
        created_at: delivery.creation_timestamp().map(|time| time.0.as_millisecond()),
        request_id: request,
        places: [Place::Kubernetes].into(),
    })
}

/// What `GET /deliveries` lists, page by page.
async fn history(gateway: &Gateway, courier: &str, found: &mut Vec<Found>) -> Result<(), String> {
    let mut before = String::new();
    loop {
        let path = format!("/deliveries?courier={}&limit={PAGE}{before}", encoded(courier));
        let reply = gateway.get(&path).await.map_err(|error| error.to_string())?;
        if reply.status != StatusCode::OK {
            return Err(reply.message());
        }
        found.extend(listed(&reply.body, Place::History, courier));
        if reply.body["history"] == "unavailable" {
            return Err("MongoDB does not answer, so deliveries that only it knows were not found.".to_owned());
        }
        let Some(next) = reply.body["next"].as_str() else { return Ok(()) };
        before = format!("&before={}", encoded(next));
    }
}

/// What the index knows, also of what Kafka has forgotten.
async fn index(gateway: &Gateway, who: &Who, found: &mut Vec<Found>) -> Result<(), String> {
    let path = match who {
        Who::Courier(name) => format!("/history/traces?courier={}", encoded(name)),
        Who::Client(id) => format!("/history/traces?client={}", encoded(id)),
    };
    let reply = gateway.get(&path).await.map_err(|error| error.to_string())?;
    // A gateway without an index has nothing there.
    if reply.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    if reply.status != StatusCode::OK {
        return Err(reply.message());
    }
    found.extend(listed(&reply.body, Place::Index, ""));
    let requests = reply.body["requests"].as_array().into_iter().flatten();
    found.extend(requests.filter_map(|id| Some(Found::Request(id.as_str()?.to_owned()))));
    if reply.body["truncated"] == true {
        return Err("The index has more than it tells at once; run the command again afterwards.".to_owned());
    }
    Ok(())
}

/// The deliveries of a page; of those with another courier's name none, should the server not know the parameter.
fn listed(page: &Value, place: Place, courier: &str) -> Vec<Found> {
    let text = |one: &Value, name: &str| one[name].as_str().map(str::to_owned);
    let all = page["deliveries"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .filter(|one| courier.is_empty() || one["courier"] == courier)
        .filter_map(|one| {
            Some(Found::Delivery(Subject {
                delivery_id: text(one, "deliveryId")?,
                namespace: text(one, "namespace"),
                name: text(one, "name"),
                created_at: one["createdAt"].as_i64(),
                request_id: text(one, "requestId"),
                places: [place].into(),
            }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_gives_the_couriers_deliveries_and_nobody_elses() {
        let page = json!({"deliveries": [
            {"deliveryId": "a", "name": "primeiro", "namespace": "shop", "courier": "ana"},
            {"deliveryId": "b", "courier": "rui"},
            {"courier": "ana"},
        ]});
        let found = listed(&page, Place::History, "ana");
        let [Found::Delivery(subject)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((subject.delivery_id.as_str(), subject.name.as_deref()), ("a", Some("primeiro")));
        assert_eq!(listed(&json!({}), Place::Index, ""), []);
    }
}
