//! Asks the services and Kubernetes what has become of the purchases of this run.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use delivery_api::Delivery;
use delivery_api::names::REQUEST_ID_ANNOTATION;
use delivery_messages::Millis;
use delivery_verify::purchases::{InvoiceView, PurchaseState, PurchaseView};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Deserialize;

use super::followed::{Followed, FollowedDelivery};
use crate::base::Error;
use crate::cluster::server::{Server, ServerError, encoded, segment};
use crate::cluster::services::PurchaseServices;

/// The maximum number of requests in flight.
const CONCURRENCY: usize = 8;
/// The Deliveries of one request.
const PAGE: u32 = 500;
/// How far the services' clocks may be apart, milliseconds.
const CLOCKS: Millis = 60_000;

/// Where news come from.
pub(crate) struct Sources {
    pub(crate) services: PurchaseServices,
    /// The Deliveries of the namespace in which requests become some, if there are any to follow.
    pub(crate) deliveries: Option<Api<Delivery>>,
}

/// A page of notifications, as far as it is looked at.
#[derive(Debug, Deserialize)]
struct NotificationPage {
    notifications: Vec<Notification>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    id: String,
    created_at: Millis,
}

/// Asks for news of all purchases that wait for some. Returns the first thing that could not be asked; the rest was.
pub(crate) async fn look(sources: &Sources, followed: &mut Followed) -> Option<Error> {
    let services = &sources.services;
    let answers = [
        purchases(&services.purchases, followed).await,
        invoices(services.invoices.as_ref(), followed).await,
        deliveries(sources.deliveries.as_ref(), followed).await,
        notifications(services.notifications.as_ref(), followed).await,
    ];
    answers.into_iter().find_map(Result::err)
}

async fn purchases(server: &Server, followed: &mut Followed) -> Result<(), Error> {
    let open = followed.open().filter(|purchase| !purchase.is_published());
    let paths: Vec<_> = open.map(|purchase| format!("/purchases/{}", segment(&purchase.view.id))).collect();
    let asked = paths.into_iter().map(|path| async move { server.read::<PurchaseView>(&path, Duration::ZERO).await });
    let found: Vec<_> = stream::iter(asked).buffer_unordered(CONCURRENCY).try_collect().await?;
    let mut found: HashMap<_, _> = found.into_iter().map(|view| (view.id.clone(), view)).collect();
    for purchase in followed.all_mut() {
        if let Some(view) = found.remove(&purchase.view.id) {
            purchase.view = view;
        }
    }
    Ok(())
}

async fn invoices(server: Option<&Server>, followed: &mut Followed) -> Result<(), Error> {
    let Some(server) = server else { return Ok(()) };
    let open =
        followed.open().filter(|purchase| purchase.view.state == PurchaseState::Approved && !purchase.is_mailed());
    let paths: Vec<_> = open.map(|purchase| format!("/invoices/{}", segment(&purchase.view.id))).collect();
    let asked = paths.into_iter().map(|path| async move { invoice(server, &path).await });
    let found: Vec<_> = stream::iter(asked).buffer_unordered(CONCURRENCY).try_collect().await?;
    let mut found: HashMap<_, _> =
        found.into_iter().flatten().map(|invoice: InvoiceView| (invoice.purchase_id.clone(), invoice)).collect();
    for purchase in followed.all_mut() {
        if let Some(invoice) = found.remove(&purchase.view.id) {
            purchase.invoice = Some(invoice);
        }
    }
    Ok(())
}

/// None: it has not been issued yet.
async fn invoice(server: &Server, path: &str) -> Result<Option<InvoiceView>, ServerError> {
    let reply = server.get(path).await?;
    match reply.status {
        StatusCode::NOT_FOUND => Ok(None),
        StatusCode::OK => server.decoded(reply).map(Some),
        _ => Err(reply.refused()),
    }
}

async fn deliveries(api: Option<&Api<Delivery>>, followed: &mut Followed) -> Result<(), Error> {
    let expected = followed.expected();
    let Some(api) = api.filter(|_| followed.open().any(|purchase| !purchase.is_delivered(expected))) else {
        return Ok(());
    };
    let mut found = HashMap::new();
    let mut page = ListParams::default().limit(PAGE);
    loop {
        let listed = api.list(&page).await.map_err(Error::api("Cannot list the Deliveries of the purchases"))?;
        found.extend(listed.items.iter().filter_map(requested));
        let Some(next) = listed.metadata.continue_.filter(|next| !next.is_empty()) else { break };
        page = page.continue_token(&next);
    }
    for purchase in followed.all_mut() {
        if let Some(delivery) = found.remove(&purchase.view.id) {
            purchase.delivery = Some(delivery);
        }
    }
    Ok(())
}

/// The request that a Delivery came from, and what is shown of it.
fn requested(delivery: &Delivery) -> Option<(String, FollowedDelivery)> {
    let request = delivery.annotations().get(REQUEST_ID_ANNOTATION)?.clone();
    let phase = delivery.status.as_ref().and_then(|status| status.phase).unwrap_or_default();
    let (namespace, name) = (delivery.namespace().unwrap_or_default(), delivery.name_any());
    Some((request, FollowedDelivery { namespace, name, phase }))
}

async fn notifications(server: Option<&Server>, followed: &mut Followed) -> Result<(), Error> {
    let Some(server) = server else { return Ok(()) };
    let asked = followed
        .waiting_customers()
        .into_iter()
        .map(|(customer, since)| async move { told(server, &customer, since.saturating_sub(CLOCKS)).await });
    let found: Vec<HashSet<String>> = stream::iter(asked).buffer_unordered(CONCURRENCY).try_collect().await?;
    followed.told(&found.into_iter().flatten().collect());
    Ok(())
}

/// The ids of the notifications that a recipient has had since then.
async fn told(server: &Server, recipient: &str, since: Millis) -> Result<HashSet<String>, ServerError> {
    let first = format!("/notifications/from/{}?limit=100", segment(recipient));
    let mut path = first.clone();
    let mut ids = HashSet::new();
    loop {
        let reply = server.get(&path).await?;
        match reply.status {
            StatusCode::OK => {}
            // Nothing has been told to this recipient yet.
            StatusCode::NOT_FOUND => return Ok(ids),
            _ => return Err(reply.refused()),
        }
        let page: NotificationPage = server.decoded(reply)?;
        // The newest come first.
        let goes_on = page.notifications.last().is_some_and(|oldest| oldest.created_at >= since);
        ids.extend(page.notifications.into_iter().map(|notification| notification.id));
        match page.next.filter(|_| goes_on) {
            Some(next) => path = format!("{first}&cursor={}", encoded(&next)),
            None => return Ok(ids),
        }
    }
}

#[cfg(test)]
#[path = "tests/look.rs"]
mod tests;
