//! The mails that a mail server with Mailpit's API has, from the answers to its list and to the headers of single mails. Pure: asking is
//! left to the callers.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::views::Mail;

/// The header of a mail that may be the second of its invoice.
pub const RESENT_HEADER: &str = "X-Code-Delivery-Resent";

/// A page of mails, as `GET /api/v1/messages` answers it.
#[derive(Clone, Debug, Deserialize)]
pub struct MailPage {
    messages: Vec<ListedMail>,
}

#[derive(Clone, Debug, Deserialize)]
struct ListedMail {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "MessageID", default)]
    message_id: String,
    #[serde(rename = "To", default)]
    to: Option<Vec<MailAddress>>,
}

#[derive(Clone, Debug, Deserialize)]
struct MailAddress {
    #[serde(rename = "Address")]
    address: String,
}

/// The headers of a mail, as `GET /api/v1/message/ID/headers` answers them.
pub type MailHeaders = BTreeMap<String, Vec<String>>;

/// All mails, each once: while they are read page by page, new ones push others to the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailList(BTreeMap<String, Mail>);

impl MailList {
    /// Adds a page; returns how many mails it has.
    pub fn add(&mut self, page: MailPage) -> usize {
        let count = page.messages.len();
        for ListedMail { id, message_id, to } in page.messages {
            let to = to.unwrap_or_default().into_iter().map(|to| to.address).collect();
            self.0.insert(id, Mail { message_id, to, is_resent: None });
        }
        count
    }

    /// The mail server's ids of mails that share their `Message-ID`, whose headers are worth a look.
    #[must_use]
    pub fn repeated(&self) -> Vec<String> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for mail in self.0.values() {
            *counts.entry(mail.message_id.as_str()).or_default() += 1;
        }
        let is_repeated = |mail: &Mail| counts.get(mail.message_id.as_str()).is_some_and(|count| *count > 1);
        self.0.iter().filter(|(_, mail)| is_repeated(mail)).map(|(id, _)| id.clone()).collect()
    }

    /// Notes what the headers of a mail say.
    pub fn look_at(&mut self, id: &str, headers: &MailHeaders) {
        if let Some(mail) = self.0.get_mut(id) {
            mail.is_resent = Some(headers.keys().any(|name| name.eq_ignore_ascii_case(RESENT_HEADER)));
        }
    }

    /// The mails.
    #[must_use]
    pub fn into_mails(self) -> Vec<Mail> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
#[path = "tests/mails.rs"]
mod tests;
