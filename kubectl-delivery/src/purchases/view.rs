//! Renders purchases and what has become of them: a table for a terminal, lines for anything else, a document for programs. Pure.

use std::fmt::Write as _;

use delivery_verify::purchases::{PurchaseState, access_key};
use serde_json::{Value, json};

use super::followed::{Followed, FollowedPurchase};
use crate::base::output::counted;
use crate::base::screen::{Size, cut};
use crate::base::table::{Side, Table, printable};

/// The characters of an id that a table shows; all of them only if there is room, or a person wants to copy it.
const SHORT: usize = 8;

/// The table, those that wait for something first; `wide`: with whole ids.
pub(crate) fn table(followed: &Followed, wide: bool) -> String {
    let columns = ["PURCHASE", "CUSTOMER", "TOTAL", "PAID", "INVOICE", "E-MAIL", "DELIVERY", "NOTIFIED"];
    let right = |name: &str| if matches!(name, "TOTAL" | "NOTIFIED") { Side::Right } else { Side::Left };
    let mut table = Table::new(columns.map(|name| (name, right(name))).to_vec());
    let mut purchases: Vec<_> = followed.all().iter().collect();
    purchases.sort_by_key(|purchase| purchase.is_through(followed.expected()));
    for purchase in purchases {
        let id: String = purchase.view.id.chars().take(if wide { usize::MAX } else { SHORT }).collect();
        let [paid, invoice, email, delivery] = steps(purchase);
        table.row(vec![
            id,
            purchase.view.customer.email.clone(),
            total(purchase),
            paid,
            invoice,
            email,
            delivery,
            purchase.notifications.to_string(),
        ]);
    }
    table.text()
}

/// The lines of a frame that fits the terminal; the last say what is missing and what the services say.
pub(crate) fn frame(followed: &Followed, problem: Option<&str>, size: Size) -> Vec<String> {
    let text = table(followed, false);
    let rows = size.height.saturating_sub(4).max(2);
    let mut lines: Vec<String> = text.lines().take(rows).map(str::to_owned).collect();
    let more = text.lines().count().saturating_sub(lines.len());
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines.push(summary(followed));
    lines.extend(problem.map(|problem| format!("Waiting: {}", printable(problem))));
    lines.into_iter().map(|line| cut(line.trim_end(), size.width)).collect()
}

/// One purchase, in a line of its own.
pub(crate) fn line(purchase: &FollowedPurchase) -> String {
    let [paid, invoice, email, delivery] = steps(purchase);
    let mut line = format!("{} {} {paid}", purchase.view.id, total(purchase));
    // Writing to a String cannot fail.
    if purchase.view.state == PurchaseState::Failed {
        let reason = purchase.view.reason.as_deref().unwrap_or("no reason is told");
        let _ = write!(line, ": {}", printable(reason));
    }
    if purchase.invoice.is_some() {
        let _ = write!(line, " → invoice {invoice} → e-mail {email}");
    }
    if purchase.delivery.is_some() {
        let _ = write!(line, " → delivery {delivery}");
    }
    if purchase.notifications > 0 {
        let _ = write!(line, " → {}", counted(purchase.notifications, "notification", "notifications"));
    }
    line
}

/// `98 of 100 purchases are through`, and what the first of the others waits for.
pub(crate) fn summary(followed: &Followed) -> String {
    let all = followed.all().len() as u64;
    let open = followed.open().count() as u64;
    let through = all - open;
    let expected = followed.expected();
    let failed = followed.all().iter().filter(|purchase| purchase.has_failed()).count();
    let mut text = format!(
        "{through} of {} {} through",
        counted(all, "purchase", "purchases"),
        if all == 1 { "is" } else { "are" }
    );
    if failed > 0 {
        let _ = write!(text, ", {failed} with a failure");
    }
    if let Some((purchase, missing)) =
        followed.open().find_map(|purchase| Some((purchase, purchase.missing(expected)?)))
    {
        let _ = write!(text, "; {} {missing}", purchase.view.id);
    }
    text.push('.');
    text
}

/// What `-o json` prints.
pub(crate) fn document(followed: &Followed) -> Value {
    let expected = followed.expected();
    let purchases: Vec<_> = followed
        .all()
        .iter()
        .map(|purchase| {
            let FollowedPurchase { view, invoice, delivery, notifications, .. } = purchase;
            json!({
                "id": view.id,
                "customerId": view.customer.id,
                "state": view.state,
                "reason": view.reason,
                "totalCents": view.total_cents,
                "currency": view.currency,
                "createdAt": view.created_at,
                "approvedAt": view.approved_at,
                "publishedAt": view.published_at,
                "invoice": invoice.as_ref().map(|invoice| json!({
                    "series": invoice.series,
                    "number": invoice.number,
                    "accessKey": invoice.access_key,
                    "issuedAt": invoice.issued_at,
                    "email": invoice.email,
                })),
                "delivery": delivery.as_ref().map(|delivery| json!({
                    "namespace": delivery.namespace,
                    "name": delivery.name,
                    "phase": delivery.phase,
                })),
                "notifications": notifications,
                "through": purchase.is_through(expected),
            })
        })
        .collect();
    json!({
        "purchases": purchases,
        "through": followed.all().len() - followed.open().count(),
        "failed": followed.all().iter().filter(|purchase| purchase.has_failed()).count(),
    })
}

fn steps(purchase: &FollowedPurchase) -> [String; 4] {
    let FollowedPurchase { view, invoice, delivery, .. } = purchase;
    let none = || "-".to_owned();
    let paid = match view.state {
        PurchaseState::Pending => "pending",
        PurchaseState::Approved => "paid",
        PurchaseState::Failed => "refused",
    };
    [
        paid.to_owned(),
        invoice.as_ref().map_or_else(none, |invoice| access_key::formatted(invoice.number)),
        invoice.as_ref().map_or_else(none, |invoice| invoice.email.state.name().to_lowercase()),
        delivery.as_ref().map_or_else(none, |delivery| format!("{} {}", delivery.name, delivery.phase.name())),
    ]
}

fn total(purchase: &FollowedPurchase) -> String {
    let cents = purchase.view.total_cents;
    format!("{} {}.{:02}", purchase.view.currency, cents / 100, (cents % 100).abs())
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
