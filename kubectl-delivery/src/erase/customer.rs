//! What the services of purchases, invoices and notifications have of a customer, and whether they have forgotten the person in it.
//!
//! An invoice stays, because the law demands it, and so does what was bought; a customer is forgotten in both when the address is gone.

use std::collections::HashSet;
use std::time::Duration;

use delivery_messages::Millis;
use http::StatusCode;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::report::PlaceReport;
use crate::base::Error;
use crate::base::output::counted;
use crate::cluster::server::{Server, encoded, segment};
use crate::cluster::services::PurchaseServices;

const POLL: Duration = Duration::from_secs(1);
/// The maximum number of pages of a list that are read; a customer with more is not checked.
const MAX_PAGES: usize = 1_000;

/// What one service has of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    /// The installation has no such service.
    NotInstalled,
    /// It could not be asked; the cause as a sentence.
    Unknown(String),
    /// It was asked.
    Known(Count),
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// In which the person is.
    pub(crate) left: usize,
    /// In which the person is no more, and which stay.
    pub(crate) kept: usize,
}

/// What all three have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) purchases: Holding,
    pub(crate) invoices: Holding,
    pub(crate) notifications: Holding,
}

/// The services, and the customer about whom they are asked.
pub(crate) struct CustomerStores {
    pub(crate) id: String,
    pub(crate) services: Result<PurchaseServices, Error>,
}

impl CustomerStores {
    /// What the services have of what the customer did up to a time.
    pub(crate) async fn look(&self, until: Millis) -> Holdings {
        let services = match &self.services {
            Ok(services) => services,
            Err(error) => {
                let unknown = || Holding::Unknown(error.to_string());
                return Holdings { purchases: unknown(), invoices: unknown(), notifications: unknown() };
            }
        };
        // Purchases first: which invoices are of newer ones is known by their ids.
        let mut newer = HashSet::new();
        let purchases = self.purchases(&services.purchases, until, &mut newer).await;
        let invoices = match &services.invoices {
            Some(server) => Holding::of(self.invoices(server, &newer).await),
            None => Holding::NotInstalled,
        };
        let notifications = match &services.notifications {
            Some(server) => Holding::of(self.notifications(server, until).await),
            None => Holding::NotInstalled,
        };
        Holdings { purchases: Holding::of(purchases), invoices, notifications }
    }

    /// Asks until the person is nowhere in what was done up to `until`, or the time is up.
    pub(crate) async fn until_gone(&self, until: Millis, deadline: Instant) -> Holdings {
        let mut reported = false;
        loop {
            let holdings = self.look(until).await;
            if holdings.are_gone() || Instant::now() >= deadline {
                return holdings;
            }
            if !std::mem::replace(&mut reported, true) {
                eprintln!("Waiting for the services of purchases, invoices and notifications.");
            }
            sleep(POLL).await;
        }
    }

    async fn purchases(&self, server: &Server, until: Millis, newer: &mut HashSet<String>) -> Result<Count, String> {
        let mut count = Count::default();
        let path = format!("/purchases?customerId={}", encoded(&self.id));
        each(server, &path, "purchases", |purchase| {
            if purchase.get("createdAt").and_then(Value::as_i64).is_some_and(|at| at > until) {
                newer.extend(purchase.get("id").and_then(Value::as_str).map(str::to_owned));
            } else {
                count.add(has_person(purchase));
            }
        })
        .await?;
        Ok(count)
    }

    async fn invoices(&self, server: &Server, newer: &HashSet<String>) -> Result<Count, String> {
        let mut count = Count::default();
        let path = format!("/invoices?customerId={}", encoded(&self.id));
        each(server, &path, "invoices", |invoice| {
            if !invoice.get("id").and_then(Value::as_str).is_some_and(|id| newer.contains(id)) {
                count.add(has_person(invoice));
            }
        })
        .await?;
        Ok(count)
    }

    async fn notifications(&self, server: &Server, until: Millis) -> Result<Count, String> {
        let mut count = Count::default();
        let path = format!("/notifications/from/{}?", segment(&self.id));
        each(server, &path, "notifications", |notification| {
            if notification.get("createdAt").and_then(Value::as_i64).is_none_or(|at| at <= until) {
                count.left += 1;
            }
        })
        .await?;
        Ok(count)
    }
}

impl Holding {
    fn of(found: Result<Count, String>) -> Self {
        found.map_or_else(Self::Unknown, Self::Known)
    }
}

impl Count {
    fn add(&mut self, has_person: bool) {
        if has_person {
            self.left += 1;
        } else {
            self.kept += 1;
        }
    }
}

impl Holdings {
    fn all(&self) -> [(&'static str, &'static str, &'static str, &Holding); 3] {
        [
            ("purchases", "purchase", "purchases", &self.purchases),
            ("invoices", "invoice", "invoices", &self.invoices),
            ("notifications", "notification", "notifications", &self.notifications),
        ]
    }

    fn are_gone(&self) -> bool {
        let is_gone = |holding: &Holding| match holding {
            Holding::NotInstalled => true,
            Holding::Unknown(_) => false,
            Holding::Known(count) => count.left == 0,
        };
        self.all().into_iter().all(|(.., holding)| is_gone(holding))
    }

    /// What there is, in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let parts = self.all().map(|(_, one, many, holding)| match holding {
            Holding::Known(Count { left, .. }) => counted(to_u64(*left), one, many),
            Holding::NotInstalled => format!("no service of {many}"),
            Holding::Unknown(_) => format!("an unknown number of {many}"),
        });
        format!("With name or address of the customer: {}.", parts.join(", "))
    }

    /// What could not be asked, as sentences.
    pub(crate) fn problems(&self) -> Vec<String> {
        let unknown = self.all().into_iter().filter_map(|(.., holding)| match holding {
            Holding::Unknown(why) => Some(why.clone()),
            Holding::NotInstalled | Holding::Known(_) => None,
        });
        unknown.collect()
    }

    /// The result per service.
    pub(crate) fn places(&self) -> Vec<PlaceReport> {
        let report = |(place, one, many, holding): (&'static str, &str, &str, &Holding)| {
            let (left, done, message) = match holding {
                Holding::NotInstalled => (None, true, "Not part of this installation.".to_owned()),
                Holding::Unknown(why) => (None, false, format!("Could not be checked: {why}")),
                Holding::Known(Count { left: 0, kept: 0 }) => (Some(0), true, format!("There are no {many}.")),
                Holding::Known(Count { left: 0, kept }) => {
                    let kept = counted(to_u64(*kept), one, many);
                    (Some(0), true, format!("{kept} without name and address."))
                }
                Holding::Known(Count { left, .. }) => {
                    let left_out = counted(to_u64(*left), one, many);
                    (Some(*left), false, format!("{left_out} with name or address, or for the customer."))
                }
            };
            PlaceReport { place, left, done, message }
        };
        self.all().map(report).into()
    }

    /// What stays although the person is forgotten, and why, as sentences.
    pub(crate) fn kept(&self) -> Vec<String> {
        let kept = |holding: &Holding| match holding {
            Holding::Known(Count { kept, .. }) => *kept,
            Holding::NotInstalled | Holding::Unknown(_) => 0,
        };
        let mut sentences = Vec::new();
        if kept(&self.invoices) > 0 {
            let invoices = counted(to_u64(kept(&self.invoices)), "invoice keeps", "invoices keep");
            sentences.push(format!(
                "{invoices} number, access key, items, amounts and dates, as the law demands of fiscal documents."
            ));
        }
        if kept(&self.purchases) > 0 {
            let purchases = counted(to_u64(kept(&self.purchases)), "purchase keeps", "purchases keep");
            sentences.push(format!("{purchases} items and amounts, from which the invoices follow."));
        }
        if !sentences.is_empty() {
            sentences.push("Both keep the customer's id, which is a hash of the address.".to_owned());
        }
        sentences
    }
}

/// Whether a purchase or an invoice has an address.
fn has_person(document: &Value) -> bool {
    let text = |path: &str| document.pointer(path).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    text("/customer/email") || text("/customer/name")
}

/// Reads a list, page by page; `path` ends within its query.
async fn each(server: &Server, path: &str, name: &str, mut take: impl FnMut(&Value)) -> Result<(), String> {
    let mut cursor = String::new();
    for _ in 0..MAX_PAGES {
        let reply = server.get(&format!("{path}&limit=100{cursor}")).await.map_err(|error| error.to_string())?;
        if reply.status != StatusCode::OK {
            return Err(reply.message());
        }
        let items = reply.body.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().for_each(&mut take);
        match reply.body.get("next").and_then(Value::as_str) {
            Some(next) if !items.is_empty() => cursor = format!("&cursor={}", encoded(next)),
            _ => return Ok(()),
        }
    }
    Err(format!("The customer has more {name} than can be checked."))
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "tests/customer.rs"]
mod tests;
