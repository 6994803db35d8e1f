use super::*;
use crate::testing;

/// The header lines of an e-mail.
fn head(raw: &[u8]) -> String {
    let text = String::from_utf8(raw.to_vec()).unwrap();
    text.split("\r\n\r\n").next().unwrap().to_owned()
}

fn written(invoice: &Invoice, is_resent: bool) -> Letter {
    letter(invoice, &testing::sender_settings(), b"%PDF-1.7", testing::NOW, is_resent).unwrap()
}

#[test]
fn each_attempt_has_the_same_message_id_and_only_a_second_one_says_that_it_comes_again() {
    let invoice = testing::invoice(42);
    let first = head(&written(&invoice, false).raw);
    let second = head(&written(&invoice, true).raw);
    let id = format!("<invoice-{}@code-delivery.example>", invoice.id);
    for head in [&first, &second] {
        assert_eq!((head.matches("Message-ID:").count(), head.matches(&id).count()), (1, 1), "{head}");
    }
    assert!(!first.contains(RESENT_HEADER));
    assert!(second.lines().any(|line| line == "X-Code-Delivery-Resent: true"), "{second}");
}

#[test]
fn the_pdf_is_attached_and_the_text_comes_in_two_forms() {
    let letter = written(&testing::invoice(42), false);
    let text = String::from_utf8(letter.raw).unwrap();
    for part in [
        "Subject: Sua nota fiscal 000.000.042\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        "Content-Type: application/pdf\r\n",
        "filename=\"nota-fiscal-1-000000042.pdf\"",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    // As it is, or in base64.
    assert!(text.contains("%PDF-1.7") || text.contains("JVBERi0xLjc"), "{text}");
    assert_eq!(letter.envelope.to().len(), 1);
    assert_eq!(letter.envelope.to()[0].to_string(), "customer7@example.com");
}

#[test]
fn a_name_with_line_breaks_or_other_signs_adds_no_header() {
    for name in
        ["Ana\r\nBcc: eve@example.com", "Ana\" <eve@example.com>", "Zoë 🚲\n\nX: y", "a, b <c@d>", &"n".repeat(200)]
    {
        let mut invoice = testing::invoice(42);
        invoice.customer.name = name.to_owned();
        let letter = written(&invoice, false);
        let head = head(&letter.raw);
        let names = ["Bcc:", "X:", "<eve"];
        assert!(!head.lines().any(|line| names.iter().any(|name| line.starts_with(name))), "{head}");
        assert_eq!(letter.envelope.to().len(), 1, "{head}");
        assert_eq!(letter.envelope.to()[0].to_string(), "customer7@example.com");
    }
}

#[test]
fn an_address_that_is_none_is_refused_with_a_reason() {
    for address in ["", "nobody", "a@b@c", "a@example.com\r\nBcc: b@example.com", "a b@example.com", "@example.com"] {
        let mut invoice = testing::invoice(42);
        invoice.customer.email = address.to_owned();
        let error = letter(&invoice, &testing::sender_settings(), b"", testing::NOW, false).err().unwrap();
        assert_eq!(error.reason(), "InvalidAddress", "{address}");
        assert!(error.to_string().starts_with("The customer's e-mail address is not valid: "), "{error}");
    }
}
