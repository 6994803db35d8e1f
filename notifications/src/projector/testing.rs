//! Records, orders in memory and an outlet for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use delivery_messages::sales::purchase::{Customer as Buyer, Item, Language};
use delivery_messages::{
    InvoiceIssued, Millis, Motion, Plan, PlanPhase, Purchase, SendNotification, State, StatePhase, Topic, encode,
};
use delivery_observability::locks::lock;
use serde::Serialize;

use super::fold::UnderWay;
use super::kind::Kinds;
use super::news::News;
use super::order::{Facts, Order};
use super::orders::Orders;
use super::project::Outlet;
use crate::domain::ids::RecipientId;
use crate::domain::recipient::{Customer, Recipient};
use crate::domain::repository::{Recipients, RepositoryError};
use crate::domain::testing::{InMemory, NOW};
use crate::group::Record;
use crate::writer::WriteError;

/// The id of the customer of a number.
pub(crate) fn customer(number: u32) -> RecipientId {
    RecipientId::read("customer.id", &format!("c1d7a3f0-54f4-8a1b-9a6e-3f1b2c3d{number:04}")).unwrap()
}

/// The id of the purchase of a number.
pub(crate) fn purchase_id(number: u32) -> String {
    format!("7d0c2c56-6a43-4c1a-9df1-2b8f1d0e{number:04}")
}

/// The purchase of a number, by the customer of that number.
pub(crate) fn purchase(number: u32) -> Purchase {
    Purchase {
        purchase_id: purchase_id(number),
        customer: Buyer {
            id: customer(number).to_string(),
            name: format!("Customer {number}"),
            email: format!("customer{number}@example.com"),
            language: Language::English,
        },
        items: vec![Item { product: "café".to_owned(), quantity: 2, unit_price_cents: 1_990 }],
        total_cents: 3_980,
        currency: "BRL".to_owned(),
        deliver_to: None,
        created_at: NOW,
        approved_at: NOW + 1,
    }
}

/// The invoice of the purchase of a number.
pub(crate) fn invoice(number: u32) -> InvoiceIssued {
    InvoiceIssued {
        invoice_id: purchase_id(number),
        purchase_id: purchase_id(number),
        customer_id: customer(number).to_string(),
        series: 1,
        number,
        access_key: "53261112345678000195550010000000421123456782".to_owned(),
        total_cents: 3_980,
        issued_at: NOW + 2,
    }
}

/// The id of the delivery of a number.
pub(crate) fn delivery_id(number: u32) -> String {
    format!("delivery-{number}")
}

/// The plan of the delivery of the purchase of a number.
pub(crate) fn plan(number: u32) -> Plan {
    Plan {
        delivery_id: delivery_id(number),
        version: 2,
        phase: PlanPhase::Accepted,
        name: format!("primeiro-{number}"),
        namespace: "shop".to_owned(),
        source: "test".to_owned(),
        request_id: Some(purchase_id(number)),
        client_id: customer(number).to_string(),
        route_id: "1".to_owned(),
        route: "shop/1@0123456789ab".to_owned(),
        courier: String::new(),
        vehicle: String::new(),
        motion: Motion::PointPerTick,
        interval_milliseconds: 500,
        seed: 0,
        noise_meters: 0,
        model: 1,
        created_at: NOW,
        resumed_at: None,
        events: Vec::new(),
    }
}

/// A state of the delivery of a number.
pub(crate) fn state(number: u32, seq: i64, progress: f64, phase: StatePhase) -> State {
    State {
        delivery_id: delivery_id(number),
        version: State::version_of(seq, phase != StatePhase::Running),
        phase,
        start: NOW,
        seq,
        at: NOW,
        position: None,
        speed: 8.5,
        heading: 90.0,
        progress,
        eta: NOW + 60_000,
        late_milliseconds: None,
        partition: 0,
        offset: 0,
        reason: None,
        pod: None,
    }
}

/// A message that a record may hold.
pub(crate) trait Told: Serialize {
    const TOPIC: Topic;
}

impl Told for Purchase {
    const TOPIC: Topic = Topic::Purchase;
}

impl Told for InvoiceIssued {
    const TOPIC: Topic = Topic::InvoiceIssued;
}

impl Told for Plan {
    const TOPIC: Topic = Topic::Plan;
}

impl Told for State {
    const TOPIC: Topic = Topic::State;
}

/// The record of a message.
pub(crate) fn record_of<T: Told>(message: &T) -> Record {
    let value = Some(encode(message).unwrap());
    Record { topic: T::TOPIC, name: T::TOPIC.name().to_owned(), partition: 0, offset: 0, time: NOW, value, trace: None }
}

/// Orders and recipients in memory; a clone is the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub orders: Arc<Mutex<BTreeMap<String, Order>>>,
    pub recipients: Arc<InMemory>,
    /// How many of the marks that news was told are lost, as when the process is killed before it makes them.
    pub lost_marks: Arc<Mutex<usize>>,
}

impl Kept {
    /// Keeps what a record tells, and is killed before anything is told.
    pub(crate) fn keep_and_die(&self, subject: &str, facts: Facts) {
        lock(&self.orders).entry(subject.to_owned()).or_default().facts.and(facts);
    }
}

impl Orders for Kept {
    async fn keep(&self, subject: &str, facts: &Facts) -> Result<Order, RepositoryError> {
        let mut orders = lock(&self.orders);
        let order = orders.entry(subject.to_owned()).or_default();
        order.facts.and(facts.clone());
        Ok(order.clone())
    }

    async fn told(&self, subject: &str, kinds: &Kinds, known: &Facts) -> Result<(), RepositoryError> {
        let mut lost = lock(&self.lost_marks);
        if *lost > 0 {
            *lost -= 1;
            return Ok(());
        }
        let mut orders = lock(&self.orders);
        let order = orders.entry(subject.to_owned()).or_default();
        order.told.extend(kinds);
        order.is_over |= known.has_ended();
        Ok(())
    }

    async fn under_way(&self) -> Result<Vec<UnderWay>, RepositoryError> {
        let orders = lock(&self.orders);
        let under_way = |(subject, order): (&String, &Order)| {
            let delivery = order.facts.delivering.as_ref().filter(|_| !order.is_over)?.delivery.clone();
            Some(UnderWay { delivery, subject: subject.clone(), told: order.told.clone() })
        };
        Ok(orders.iter().filter_map(under_way).collect())
    }
}

impl Recipients for Kept {
    async fn recipient(&self, id: RecipientId) -> Result<Option<Recipient>, RepositoryError> {
        self.recipients.recipient(id).await
    }

    async fn choose(&self, chosen: &Recipient) -> Result<Recipient, RepositoryError> {
        self.recipients.choose(chosen).await
    }

    async fn bought(&self, customer: &Customer) -> Result<(), RepositoryError> {
        self.recipients.bought(customer).await
    }

    async fn erased(&self, ids: &[RecipientId]) -> Result<BTreeMap<RecipientId, Millis>, RepositoryError> {
        self.recipients.erased(ids).await
    }
}

/// Keeps what was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<SendNotification>>>);

impl Heard {
    /// All of it, in its order.
    pub(crate) fn all(&self) -> Vec<SendNotification> {
        lock(&self.0).clone()
    }

    /// The ids of the notifications.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.all().into_iter().map(|message| message.notification_id.unwrap()).collect()
    }
}

impl Outlet for Heard {
    async fn tell(&self, news: &News, _: Option<&str>) -> Result<(), WriteError> {
        lock(&self.0).push(news.message.clone());
        Ok(())
    }
}
