//! The sentences of news, in both languages. Pure.
//!
//! None holds a text that somebody else wrote, so each fits a notification.

use delivery_messages::sales::purchase::Language;

use super::kind::Kind;
use super::order::Facts;

/// What a customer is told.
#[must_use]
pub(crate) fn text(kind: Kind, language: Language, facts: &Facts) -> String {
    match language {
        Language::Portuguese => portuguese(kind, facts),
        Language::English => english(kind, facts),
    }
}

fn portuguese(kind: Kind, facts: &Facts) -> String {
    match kind {
        Kind::Approved => match total(facts) {
            Some(cents) => format!("Sua compra de R$ {} foi aprovada.", amount(cents, '.', ',')),
            None => "Sua compra foi aprovada.".to_owned(),
        },
        Kind::Invoiced => match number(facts) {
            Some(number) => format!("A nota fiscal {number} da sua compra foi emitida."),
            None => "A nota fiscal da sua compra foi emitida.".to_owned(),
        },
        Kind::Refused => {
            "Sua compra não pôde ser despachada: não há rota de entrega para ela agora. Fale com a loja.".to_owned()
        }
        Kind::Accepted => "Sua entrega foi aceita e sairá em breve.".to_owned(),
        Kind::UnderWay => "Sua entrega está a caminho.".to_owned(),
        Kind::Late => "Sua entrega está atrasada. Acompanhe no mapa onde ela está.".to_owned(),
        Kind::NearlyThere => "Sua entrega está quase chegando.".to_owned(),
        Kind::Finished => "Sua entrega chegou.".to_owned(),
        Kind::Cancelled => "Sua entrega foi cancelada.".to_owned(),
        Kind::Failed => "Sua entrega não pôde ser concluída.".to_owned(),
    }
}

fn english(kind: Kind, facts: &Facts) -> String {
    match kind {
        Kind::Approved => match total(facts) {
            Some(cents) => format!("Your purchase of R$ {} was approved.", amount(cents, ',', '.')),
            None => "Your purchase was approved.".to_owned(),
        },
        Kind::Invoiced => match number(facts) {
            Some(number) => format!("The invoice {number} of your purchase was issued."),
            None => "The invoice of your purchase was issued.".to_owned(),
        },
        Kind::Refused => {
            "Your purchase could not be dispatched: there is no route to deliver it now. Contact the shop.".to_owned()
        }
        Kind::Accepted => "Your delivery was accepted and will leave soon.".to_owned(),
        Kind::UnderWay => "Your delivery is on its way.".to_owned(),
        Kind::Late => "Your delivery is late. See on the map where it is.".to_owned(),
        Kind::NearlyThere => "Your delivery is nearly there.".to_owned(),
        Kind::Finished => "Your delivery has arrived.".to_owned(),
        Kind::Cancelled => "Your delivery was cancelled.".to_owned(),
        Kind::Failed => "Your delivery could not be completed.".to_owned(),
    }
}

fn total(facts: &Facts) -> Option<i64> {
    facts.bought.as_ref().map(|bought| bought.total_cents)
}

/// The number as it is printed on the invoice, such as 000.000.042.
fn number(facts: &Facts) -> Option<String> {
    let digits = format!("{:09}", facts.invoice?.number);
    Some(grouped(&digits, '.'))
}

/// An amount of cents, such as 1.234,56.
fn amount(cents: i64, thousands: char, decimal: char) -> String {
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}{decimal}{rest:02}", grouped(&whole.to_string(), thousands))
}

/// Digits with a separator before every third from the end.
fn grouped(digits: &str, separator: char) -> String {
    let length = digits.len();
    let mut text = String::with_capacity(length + length / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (length - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[path = "tests/texts.rs"]
mod tests;
