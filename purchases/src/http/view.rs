//! How a purchase is shown, and who reads of it. Texts are as the client wrote them; whoever puts them into a page, a mail or a document shows them as text.

use delivery_kafka::consume::groups::GroupLag;
use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;
use serde::Serialize;

use crate::domain::money::CURRENCY;
use crate::domain::purchase::Purchase;
use crate::domain::text::RouteId;

/// A purchase.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PurchaseView<'a> {
    id: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    customer: CustomerView<'a>,
    items: Vec<ItemView<'a>>,
    total_cents: i64,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliver_to: Option<DeliverToView<'a>>,
    created_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<Millis>,
}

#[derive(Serialize)]
struct CustomerView<'a> {
    id: &'a str,
    name: &'a str,
    email: &'a str,
    language: Language,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemView<'a> {
    product: &'a str,
    quantity: u32,
    unit_price_cents: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliverToView<'a> {
    route_id: &'a str,
}

impl<'a> From<&'a Purchase> for PurchaseView<'a> {
    fn from(purchase: &'a Purchase) -> Self {
        let order = &purchase.order;
        let customer = &order.customer;
        let items = order.items.iter().map(|item| ItemView {
            product: item.product.as_str(),
            quantity: item.quantity,
            unit_price_cents: item.unit_price.get(),
        });
        Self {
            id: &purchase.id,
            state: purchase.state.name(),
            reason: purchase.reason.as_deref(),
            customer: CustomerView {
                id: &customer.id,
                name: customer.name.as_str(),
                email: customer.email.as_str(),
                language: customer.language,
            },
            items: items.collect(),
            total_cents: order.total.get(),
            currency: CURRENCY,
            deliver_to: order.deliver_to.as_ref().map(RouteId::as_str).map(|route_id| DeliverToView { route_id }),
            created_at: purchase.created_at,
            approved_at: purchase.approved_at,
            published_at: purchase.published_at,
        }
    }
}

/// A page of purchases.
#[derive(Serialize)]
pub(crate) struct Page<'a> {
    pub purchases: Vec<PurchaseView<'a>>,
    /// The value of `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// The consumer groups that read the topic of purchases.
#[derive(Serialize)]
pub(crate) struct GroupsView<'a> {
    topic: &'a str,
    groups: Vec<GroupView<'a>>,
}

#[derive(Serialize)]
struct GroupView<'a> {
    group: &'a str,
    members: usize,
    lag: u64,
}

impl<'a> GroupsView<'a> {
    /// In the order in which they are given.
    pub(crate) fn new(topic: &'a str, groups: &'a [GroupLag]) -> Self {
        let view = |found: &'a GroupLag| GroupView { group: &found.group, members: found.members, lag: found.lag };
        Self { topic, groups: groups.iter().map(view).collect() }
    }
}
