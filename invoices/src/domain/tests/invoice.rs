use super::*;
use crate::testing;

#[test]
fn an_invoice_has_all_of_its_purchase_and_a_number_that_is_printed_in_groups() {
    let order = testing::order(7);
    let invoice = Invoice::of(&order, &testing::issuer(), 42, testing::NOW);
    assert_eq!(invoice.id, order.purchase.purchase_id);
    assert_eq!((invoice.series, invoice.number, invoice.total_cents), (1, 42, 3_980));
    assert_eq!(invoice.formatted_number(), "000.000.042");
    assert_eq!(formatted_number(123_456_789), "123.456.789");
    assert_eq!(invoice.items, order.purchase.items);
    assert_eq!(invoice.email.message_id, format!("<invoice-{}@code-delivery.example>", invoice.id));
    let issued = invoice.issued();
    assert_eq!((issued.invoice_id, issued.number, issued.access_key), (invoice.id, 42, invoice.access_key));
}

#[test]
fn the_link_shows_the_one_delivery_whose_name_the_operator_derives_from_the_purchase() {
    let mut order = testing::order(7);
    order.purchase.purchase_id = "7".to_owned();
    order.purchase.deliver_to = Some(DeliverTo { route_id: "2".to_owned() });
    let invoice = Invoice::of(&order, &testing::issuer(), 42, testing::NOW);
    // printf 7 | sha256sum
    let link = invoice.map_link(Some("http://127.0.0.1:30080/"));
    assert_eq!(link.as_deref(), Some("http://127.0.0.1:30080/#?q=7902699be42c&follow=7902699be42c"));
    assert_eq!(invoice.map_link(None), None);
    order.purchase.deliver_to = None;
    let invoice = Invoice::of(&order, &testing::issuer(), 42, testing::NOW);
    assert_eq!(invoice.map_link(Some("http://127.0.0.1:30080")), None);
}

#[test]
fn an_invoice_is_read_back_as_it_was_stored() {
    let mut order = testing::order(7);
    order.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    let invoice = Invoice::of(&order, &testing::issuer(), 42, testing::NOW);
    let document = mongodb::bson::serialize_to_document(&invoice).unwrap();
    assert_eq!(document.get_str("_id").unwrap(), invoice.id);
    let email = document.get_document("email").unwrap();
    assert_eq!(email.get_str("state").unwrap(), "PENDING");
    assert_eq!(mongodb::bson::deserialize_from_document::<Invoice>(document).unwrap(), invoice);
}
