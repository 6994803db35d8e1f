use delivery_messages::sales::purchase::{DeliverTo, Item};

use super::*;
use crate::testing;

fn invoice(product: &str, name: &str) -> Invoice {
    let mut purchase = testing::purchase(7);
    purchase.items = vec![Item { product: product.to_owned(), quantity: 2, unit_price_cents: 1_990 }];
    purchase.customer.name = name.to_owned();
    purchase.deliver_to = Some(DeliverTo { route_id: "2".to_owned() });
    testing::issued(&purchase, 42)
}

#[test]
fn the_text_greets_in_the_customers_language_and_names_items_total_and_the_missing_fiscal_value() {
    let mut invoice = invoice("café", "Ana");
    assert_eq!(subject(&invoice), "Sua nota fiscal 000.000.042");
    assert_eq!(file_name(&invoice), "nota-fiscal-1-000000042.pdf");
    let portuguese = text(&invoice, None);
    for part in ["Olá, Ana!", "2 × café: R$ 39,80", "Total: R$ 39,80", NO_FISCAL_VALUE, &invoice.access_key] {
        assert!(portuguese.contains(part), "{part} is missing in {portuguese}");
    }
    assert!(!portuguese.contains("mapa"));
    invoice.customer.language = Language::English;
    let english = text(&invoice, Some("http://map/#?q=1"));
    for part in ["Hello, Ana!", "2 × café: R$39.80", "Follow your delivery on the map:\nhttp://map/#?q=1"] {
        assert!(english.contains(part), "{part} is missing in {english}");
    }
}

#[test]
fn markup_in_a_name_or_product_is_shown_as_text() {
    let html = html(&invoice("<script>alert('x')</script>", "A & \"B\""), Some("http://map/#?q=1&\"x\""));
    assert!(html.contains("<td>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</td>"), "{html}");
    assert!(html.contains("Olá, A &amp; &quot;B&quot;!"), "{html}");
    assert!(html.contains("<a href=\"http://map/#?q=1&amp;&quot;x&quot;\">"), "{html}");
    assert!(!html.contains("<script"));
}
