use super::*;
use crate::domain::text::Content;
use crate::projector::order::{Bought, Invoice};
use crate::projector::testing::customer;

fn facts(total_cents: i64, number: u32) -> Facts {
    let bought = Bought { customer: customer(1), language: Language::English, total_cents, at: 7 };
    Facts { bought: Some(bought), invoice: Some(Invoice { number }), ..Facts::default() }
}

#[test]
fn every_kind_has_a_sentence_in_both_languages_that_fits_a_notification() {
    for kind in Kind::ALL {
        let facts = [Facts::default(), facts(i64::MAX, u32::MAX), facts(i64::MIN, 0)];
        for facts in facts {
            let [portuguese, english] =
                [Language::Portuguese, Language::English].map(|language| text(kind, language, &facts));
            assert_ne!(portuguese, english);
            for text in [portuguese, english] {
                assert!(text.ends_with('.') && Content::new(text.clone()).is_ok(), "{text}");
            }
        }
    }
}

#[test]
fn amounts_and_numbers_are_written_as_people_write_them() {
    let facts = facts(123_456_789, 42);
    assert_eq!(text(Kind::Approved, Language::Portuguese, &facts), "Sua compra de R$ 1.234.567,89 foi aprovada.");
    assert_eq!(text(Kind::Approved, Language::English, &facts), "Your purchase of R$ 1,234,567.89 was approved.");
    let invoiced = text(Kind::Invoiced, Language::Portuguese, &facts);
    assert_eq!(invoiced, "A nota fiscal 000.000.042 da sua compra foi emitida.");
    assert_eq!(amount(5, '.', ','), "0,05");
    assert_eq!(amount(-12_345, '.', ','), "-123,45");
}
