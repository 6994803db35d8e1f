//! Amounts as people read them: `R$ 1.234,50` in Portuguese, `R$1,234.50` in English.

use delivery_messages::sales::purchase::Language;

/// An amount in cents of the Brazilian real, as text.
#[must_use]
pub(crate) fn text(cents: i64, language: Language) -> String {
    let (units, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let sign = if cents < 0 { "-" } else { "" };
    match language {
        Language::Portuguese => format!("{sign}R$ {},{rest:02}", grouped(units, '.')),
        Language::English => format!("{sign}R${}.{rest:02}", grouped(units, ',')),
    }
}

/// A number with a separator after every third digit from the right.
fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[path = "tests/money.rs"]
mod tests;
