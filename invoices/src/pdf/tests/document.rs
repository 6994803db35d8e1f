use delivery_messages::sales::purchase::Language;

use super::*;
use crate::testing;

/// The texts that a PDF shows, in order. The writer writes a text as a literal in brackets when it is ASCII, else as hexadecimal digits.
fn shown(pdf: &[u8]) -> Vec<String> {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    let shows = text.lines().filter_map(|line| line.strip_suffix(" Tj"));
    shows
        .map(|text| match text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) {
            Some(digits) => (0..digits.len() / 2)
                .map(|at| char::from(u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()))
                .collect(),
            None => text[1..text.len() - 1].replace("\\(", "(").replace("\\)", ")").replace("\\\\", "\\"),
        })
        .collect()
}

fn with_items(count: usize, product: &str) -> Invoice {
    let mut purchase = testing::purchase(7);
    let item = Item { product: product.to_owned(), quantity: 2, unit_price_cents: 1_990 };
    purchase.items = vec![item; count];
    purchase.total_cents = 3_980 * i64::try_from(count).unwrap();
    testing::issued(&purchase, 42)
}

fn pages_of(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type /Page\n").count()
}

#[test]
fn the_same_invoice_has_the_same_bytes_and_shows_all_that_it_holds() {
    let invoice = with_items(1, "café");
    let pdf = document(&invoice, &testing::issuer());
    assert_eq!(pdf, document(&invoice, &testing::issuer()));
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF"));
    let shown = shown(&pdf);
    for text in [
        "NOTA FISCAL Nº 000.000.042",
        "Série 1 · Página 1/1",
        NO_FISCAL_VALUE,
        "CNPJ 11.222.333/0001-81",
        "Customer 7",
        "customer7@example.com",
        &grouped(&invoice.access_key),
        "Emitida em 22/11/2026 06:35:00 (UTC-3)",
        "café",
        "R$ 19,90",
        "R$ 39,80",
    ] {
        assert!(shown.iter().any(|shown| shown == text), "{text} is missing in {shown:#?}");
    }
    assert_eq!(pages_of(&pdf), 1);
}

#[test]
fn the_access_key_is_there_as_a_barcode_and_the_logo_beside_the_issuer() {
    let invoice = with_items(1, "café");
    let text: String = document(&invoice, &testing::issuer()).iter().map(|byte| char::from(*byte)).collect();
    let drawn = |operator: &str| text.lines().filter(|line| line.ends_with(operator)).count();
    let (bars, _) = code128::bars(&invoice.access_key).unwrap();
    assert!(drawn(" re") >= bars.len(), "{} of {} bars", drawn(" re"), bars.len());
    assert!(drawn(" l") >= 10, "{} lines", drawn(" l"));
}

#[test]
fn a_customer_who_reads_english_gets_it_in_english() {
    let mut invoice = with_items(1, "coffee");
    invoice.customer.language = Language::English;
    let shown = shown(&document(&invoice, &testing::issuer()));
    for text in [
        "INVOICE No. 000.000.042",
        "Series 1 · Page 1/1",
        "Unit price",
        "Issued on 2026-11-22 06:35:00 (UTC-3)",
        "R$39.80",
        NO_FISCAL_VALUE,
    ] {
        assert!(shown.iter().any(|shown| shown == text), "{text} is missing in {shown:#?}");
    }
}

#[test]
fn a_hundred_items_take_several_pages_each_with_the_mark_and_each_item_once() {
    let pdf = document(&with_items(100, &"long product ".repeat(15)), &testing::issuer());
    let pages = pages_of(&pdf);
    assert!(pages > 3, "{pages}");
    let shown = shown(&pdf);
    let count = |text: &str| shown.iter().filter(|shown| *shown == text).count();
    assert_eq!((count(NO_FISCAL_VALUE), count("Total"), count("R$ 19,90")), (pages, 1, 100));
    assert_eq!(count(&format!("Série 1 · Página {pages}/{pages}")), 1);
}

#[test]
fn what_could_be_taken_for_a_part_of_the_pdf_is_text() {
    for product in ["(x) Tj ET", "\\", "a) Tj\nET (b", "<b>bold</b>", "endstream endobj"] {
        let shown = shown(&document(&with_items(1, product), &testing::issuer()));
        let expected: Vec<&str> = product.split_whitespace().collect();
        assert!(shown.iter().any(|shown| *shown == expected.join(" ")), "{product:?} is missing in {shown:#?}");
    }
}

#[test]
fn a_long_name_and_address_move_the_table_down_instead_of_into_it() {
    let mut invoice = with_items(3, "café");
    invoice.customer.name = "W".repeat(200);
    invoice.customer.email = format!("{}@example.com", "m".repeat(200));
    let drawing = Drawing { invoice: &invoice, issuer: &testing::issuer(), words: words::of(Language::Portuguese) };
    let about = drawing.about();
    assert!(about.len() > 8, "{}", about.len());
    assert!(690.0 - lines_height(&about) < 628.0);
    assert_eq!(shown(&document(&invoice, &testing::issuer())).iter().filter(|shown| *shown == "R$ 39,80").count(), 3);
}
