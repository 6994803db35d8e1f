//! The words of the e-mail, in Portuguese and English: as text, and as HTML in which nothing of a customer is markup. Pure.
//!
//! Writing to a text cannot fail, so what `write!` returns is dropped.

use std::fmt::Write as _;

use delivery_messages::sales::purchase::Language;

use crate::domain::invoice::Invoice;
use crate::domain::purchase::amount;
use crate::domain::{NO_FISCAL_VALUE, money};

/// What the subject line is.
pub(super) fn subject(invoice: &Invoice) -> String {
    let number = invoice.formatted_number();
    match invoice.customer.language {
        Language::Portuguese => format!("Sua nota fiscal {number}"),
        Language::English => format!("Your invoice {number}"),
    }
}

/// The name of the attached file.
pub(super) fn file_name(invoice: &Invoice) -> String {
    let stem = match invoice.customer.language {
        Language::Portuguese => "nota-fiscal",
        Language::English => "invoice",
    };
    format!("{stem}-{}-{:09}.pdf", invoice.series, invoice.number)
}

/// The sentences of one language around the table of items.
struct Sentences {
    greeting: String,
    introduction: String,
    total: String,
    follow: &'static str,
}

impl Sentences {
    fn of(invoice: &Invoice) -> Self {
        let (name, number) = (&invoice.customer.name, invoice.formatted_number());
        let total = money::text(invoice.total_cents, invoice.customer.language);
        match invoice.customer.language {
            Language::Portuguese => Self {
                greeting: format!("Olá, {name}!"),
                introduction: format!("Obrigado pela sua compra. A nota fiscal {number} está em anexo."),
                total: format!("Total: {total}"),
                follow: "Acompanhe a sua entrega no mapa:",
            },
            Language::English => Self {
                greeting: format!("Hello, {name}!"),
                introduction: format!("Thank you for your purchase. The invoice {number} is attached."),
                total: format!("Total: {total}"),
                follow: "Follow your delivery on the map:",
            },
        }
    }
}

/// The body as text.
pub(super) fn text(invoice: &Invoice, link: Option<&str>) -> String {
    let Sentences { greeting, introduction, total, follow } = Sentences::of(invoice);
    let mut text = format!("{greeting}\n\n{introduction}\n\n");
    for item in &invoice.items {
        let price = money::text(amount(item), invoice.customer.language);
        let _ = writeln!(text, "{} × {}: {price}", item.quantity, item.product);
    }
    let _ = writeln!(text, "\n{total}");
    if let Some(link) = link {
        let _ = writeln!(text, "\n{follow}\n{link}");
    }
    let _ = writeln!(text, "\n{NO_FISCAL_VALUE}\n{}", invoice.access_key);
    text
}

/// The body as HTML.
pub(super) fn html(invoice: &Invoice, link: Option<&str>) -> String {
    let Sentences { greeting, introduction, total, follow } = Sentences::of(invoice);
    let language = invoice.customer.language;
    let tag = match language {
        Language::Portuguese => "pt-BR",
        Language::English => "en",
    };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\"></head><body>\n<p>{}</p>\n<p>{}</p>\n<table>\n",
        escaped(&greeting),
        escaped(&introduction)
    );
    for item in &invoice.items {
        let _ = writeln!(
            html,
            "<tr><td align=\"right\">{}&nbsp;×</td><td>{}</td><td align=\"right\">{}</td></tr>",
            item.quantity,
            escaped(&item.product),
            escaped(&money::text(amount(item), language))
        );
    }
    let _ = writeln!(html, "</table>\n<p><strong>{}</strong></p>", escaped(&total));
    if let Some(link) = link {
        let link = escaped(link);
        let _ = writeln!(html, "<p>{} <a href=\"{link}\">{link}</a></p>", escaped(follow));
    }
    let _ = writeln!(html, "<p><small>{NO_FISCAL_VALUE}<br>{}</small></p>\n</body></html>", invoice.access_key);
    html
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
#[path = "tests/words.rs"]
mod tests;
