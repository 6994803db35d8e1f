//! Reads what the services of purchases and invoices have, page by page, and what a mail server has.
//!
//! In an order in which what lacks its cause is a fault: see `delivery_verify::purchases::books`.

use std::time::Duration;

use delivery_verify::purchases::books::ToReadAgain;
use delivery_verify::purchases::{
    Books, InvoicePage, InvoiceView, Mail, MailHeaders, MailList, MailPage, PurchasePage, PurchaseView,
};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::cluster::server::{Server, ServerError, encoded, segment};

/// How long a page may be unavailable.
const PATIENCE: Duration = Duration::from_secs(30);
/// The mails of one request.
const MAILS: usize = 200;
/// The maximum number of purchases, of invoices and of mails that are read again one by one.
const MAX_AGAIN: usize = 1_000;

/// The servers whose books are read.
pub(crate) struct Servers<'a> {
    pub(crate) purchases: &'a Server,
    pub(crate) invoices: &'a Server,
    /// A mail server with Mailpit's API.
    pub(crate) mail: Option<&'a Server>,
}

impl Servers<'_> {
    /// Reads all lists, in their order; the log is left to the caller, and comes after them.
    pub(crate) async fn read(&self) -> Result<Books, ServerError> {
        let invoices = pages(self.invoices, "/invoices", |page: InvoicePage| (page.invoices, page.next)).await?;
        let mails = match self.mail {
            Some(server) => Some(mails(server).await?),
            None => None,
        };
        let purchases = pages(self.purchases, "/purchases", |page: PurchasePage| (page.purchases, page.next)).await?;
        Ok(Books { purchases, invoices, mails, ..Books::default() })
    }

    /// Reads once more what the log mentions and the lists did not have yet.
    pub(crate) async fn read_again(&self, books: &mut Books, again: ToReadAgain) -> Result<(), ServerError> {
        for id in again.invoices.iter().take(MAX_AGAIN) {
            books.invoices.extend(one::<InvoiceView>(self.invoices, &format!("/invoices/{}", segment(id))).await?);
        }
        for id in again.purchases.iter().take(MAX_AGAIN) {
            books.purchases.extend(one::<PurchaseView>(self.purchases, &format!("/purchases/{}", segment(id))).await?);
        }
        Ok(())
    }
}

/// All pages of a list; `split` takes the items and the next cursor out of one.
async fn pages<P: DeserializeOwned, T>(
    server: &Server,
    path: &str,
    split: impl Fn(P) -> (Vec<T>, Option<String>),
) -> Result<Vec<T>, ServerError> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.as_deref().map(|cursor| format!("&cursor={}", encoded(cursor))).unwrap_or_default();
        let (items, next) = split(server.read(&format!("{path}?limit=100{after}"), PATIENCE).await?);
        // A list that goes on without an item would go on for ever.
        let is_last = items.is_empty() || next.is_none();
        all.extend(items);
        if is_last {
            return Ok(all);
        }
        cursor = next;
    }
}

/// None: there is none, or its id can be none.
async fn one<T: DeserializeOwned>(server: &Server, path: &str) -> Result<Option<T>, ServerError> {
    let reply = server.get(path).await?;
    match reply.status {
        StatusCode::OK => server.decoded(reply).map(Some),
        status if status.is_client_error() && !reply.is_for_now() => Ok(None),
        _ => Err(reply.refused()),
    }
}

/// All mails, and of those that were sent twice what their headers say.
async fn mails(server: &Server) -> Result<Vec<Mail>, ServerError> {
    let mut all = MailList::default();
    let mut start = 0;
    loop {
        let path = format!("/api/v1/messages?start={start}&limit={MAILS}");
        let count = all.add(server.read::<MailPage>(&path, PATIENCE).await?);
        start += count;
        if count < MAILS {
            break;
        }
    }
    for id in all.repeated().iter().take(MAX_AGAIN) {
        if let Some(headers) = one::<MailHeaders>(server, &format!("/api/v1/message/{}/headers", segment(id))).await? {
            all.look_at(id, &headers);
        }
    }
    Ok(all.into_mails())
}

#[cfg(test)]
#[path = "tests/books.rs"]
mod tests;
