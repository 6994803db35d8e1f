//! A shop in which everything is right: purchases, events, invoices with their numbers, announcements and mails.

use delivery_messages::sales::purchase::{Customer, DeliverTo, Item, Language};
use delivery_messages::{InvoiceIssued, Millis, Purchase, encode};
use delivery_verify::purchases::{
    Books, EmailState, EmailView, InvoiceView, LogRecord, Mail, PurchaseProblem, PurchaseState, PurchaseView,
    PurchasesReport, access_key, judge,
};
use proptest::prelude::*;

/// When the first purchase was made.
pub(crate) const START: Millis = 1_796_018_000_000;

/// The id of the purchase with this index.
pub(crate) fn id(index: usize) -> String {
    format!("7d0c2c56-6a43-4c1a-9df1-{index:012}")
}

fn customer(number: usize) -> Customer {
    Customer {
        id: format!("c1d7a3f0-54f4-8a1b-9a6e-{number:012}"),
        name: format!("Customer {number}"),
        email: format!("customer{number}@example.com"),
        language: if number.is_multiple_of(2) { Language::Portuguese } else { Language::English },
    }
}

/// A purchase with this index, in this state.
pub(crate) fn purchase(index: usize, state: PurchaseState) -> PurchaseView {
    let created_at = START + i64::try_from(index).unwrap() * 1_000;
    let approved = (state == PurchaseState::Approved).then_some(created_at + 250);
    let quantity = u32::try_from(index % 3 + 1).unwrap();
    let items = vec![
        Item { product: "café".into(), quantity, unit_price_cents: 1_990 },
        Item { product: "tea <b>".into(), quantity: 1, unit_price_cents: 0 },
    ];
    PurchaseView {
        id: id(index),
        state,
        reason: (state == PurchaseState::Failed).then(|| "PaymentRefused".to_owned()),
        customer: customer(index % 4),
        items,
        total_cents: i64::from(quantity) * 1_990,
        currency: "BRL".into(),
        deliver_to: index.is_multiple_of(2).then(|| DeliverTo { route_id: "2".into() }),
        created_at,
        approved_at: approved,
        published_at: approved.map(|at| at + 20),
    }
}

/// The event of an approved purchase.
pub(crate) fn event_of(purchase: &PurchaseView) -> Purchase {
    Purchase {
        purchase_id: purchase.id.clone(),
        customer: purchase.customer.clone(),
        items: purchase.items.clone(),
        total_cents: purchase.total_cents,
        currency: purchase.currency.clone(),
        deliver_to: purchase.deliver_to.clone(),
        created_at: purchase.created_at,
        approved_at: purchase.approved_at.unwrap_or(purchase.created_at),
    }
}

/// A record with this event.
pub(crate) fn record(event: &Purchase, offset: usize) -> LogRecord {
    LogRecord {
        partition: 1,
        offset: i64::try_from(offset).unwrap(),
        key: Some(event.customer.id.clone()),
        value: Some(String::from_utf8(encode(event).unwrap()).unwrap()),
    }
}

/// A valid access key.
pub(crate) fn key(series: u32, number: u32) -> String {
    let body = format!("5326111234567800019555{series:03}{number:09}1{:08}", number % 97);
    let digits: Vec<u32> = body.chars().map(|digit| digit.to_digit(10).unwrap()).collect();
    format!("{body}{}", access_key::check_digit(&digits))
}

/// The invoice of a purchase.
pub(crate) fn invoice(purchase: &PurchaseView, number: u32) -> InvoiceView {
    InvoiceView {
        id: purchase.id.clone(),
        purchase_id: purchase.id.clone(),
        customer: purchase.customer.clone(),
        items: purchase.items.clone(),
        total_cents: purchase.total_cents,
        currency: purchase.currency.clone(),
        series: 1,
        number,
        formatted_number: access_key::formatted(number),
        access_key: key(1, number),
        issued_at: purchase.created_at + 700,
        email: EmailView {
            state: EmailState::Sent,
            message_id: format!("<{}@code-delivery>", purchase.id),
            attempts: 1,
            last_error: None,
            sent_at: Some(purchase.created_at + 900),
        },
    }
}

/// The record that announces an invoice.
pub(crate) fn announcement(invoice: &InvoiceView, offset: usize) -> LogRecord {
    let issued = InvoiceIssued {
        invoice_id: invoice.id.clone(),
        purchase_id: invoice.purchase_id.clone(),
        customer_id: invoice.customer.id.clone(),
        series: invoice.series,
        number: invoice.number,
        access_key: invoice.access_key.clone(),
        total_cents: invoice.total_cents,
        issued_at: invoice.issued_at,
    };
    LogRecord {
        partition: 2,
        offset: i64::try_from(offset).unwrap(),
        key: Some(issued.customer_id.clone()),
        value: Some(String::from_utf8(encode(&issued).unwrap()).unwrap()),
    }
}

/// The mail with an invoice, as a mail server lists it.
pub(crate) fn mail(invoice: &InvoiceView) -> Mail {
    let message_id = invoice.email.message_id.trim_matches(['<', '>']).to_owned();
    Mail { message_id, to: vec![invoice.customer.email.clone()], is_resent: None }
}

/// A shop with purchases in these states, in which everything is right.
pub(crate) fn shop(states: &[PurchaseState]) -> Books {
    let purchases: Vec<_> = states.iter().enumerate().map(|(index, state)| purchase(index, *state)).collect();
    let approved: Vec<_> = purchases.iter().filter(|one| one.state == PurchaseState::Approved).collect();
    let invoices: Vec<_> = approved.iter().zip(1..).map(|(purchase, number)| invoice(purchase, number)).collect();
    let mut books = Books { mails: Some(invoices.iter().map(mail).collect()), ..Books::default() };
    books.events.records =
        approved.iter().enumerate().map(|(offset, purchase)| record(&event_of(purchase), offset)).collect();
    books.issued.records = invoices.iter().enumerate().map(|(offset, invoice)| announcement(invoice, offset)).collect();
    // As the services list them: the newest first.
    books.invoices = invoices.into_iter().rev().collect();
    books.purchases = purchases.into_iter().rev().collect();
    books
}

/// Shops with at least two approved purchases.
pub(crate) fn shops() -> impl Strategy<Value = Books> {
    let state = prop_oneof![
        6 => Just(PurchaseState::Approved),
        1 => Just(PurchaseState::Failed),
        1 => Just(PurchaseState::Pending),
    ];
    proptest::collection::vec(state, 0..12).prop_map(|mut states| {
        states.extend([PurchaseState::Approved; 2]);
        shop(&states)
    })
}

/// Shops, and a place among their events, invoices, announcements and mails.
pub(crate) fn places() -> impl Strategy<Value = (Books, usize)> {
    shops().prop_flat_map(|books| {
        let count = books.invoices.len();
        (Just(books), 0..count)
    })
}

/// Judges, and asserts that there is exactly this problem, once, and that the sentence names the purchase.
#[track_caller]
pub(crate) fn only(books: &Books, problem: PurchaseProblem, purchase: &str) -> PurchasesReport {
    let report = judge(books);
    assert_eq!(
        report.problems.iter().map(|(kind, count)| (*kind, *count)).collect::<Vec<_>>(),
        [(problem, 1)],
        "{report:?}"
    );
    let first = report.first_offender().unwrap();
    assert_eq!(first.problem, problem);
    assert!(first.sentence.contains(purchase), "{purchase} is not in: {}", first.sentence);
    assert!(first.sentence.ends_with('.'), "{}", first.sentence);
    report
}
