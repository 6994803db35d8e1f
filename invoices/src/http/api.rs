//! The handlers.

use delivery_http_server::{ApiResult, Problem};
use warp::http::HeaderValue;
use warp::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use warp::reply::{Reply, Response};

use super::site::Site;
use super::view::{InvoiceView, PageView};
use crate::domain::page::{PageQuery, Parameters};
use crate::pdf;
use crate::store::Store;

/// The maximum number of bytes of an id in a sentence.
const MAX_QUOTED: usize = 64;

/// `GET /invoices`.
///
/// # Errors
/// 400 for an invalid parameter, 503 while the store does not respond, or too many lists are made or read.
pub(super) async fn list<S: Store>(site: &Site<S>, parameters: &Parameters) -> ApiResult {
    let query = PageQuery::read(parameters)?;
    let _turn = site.entrance.turn().await?;
    let found = site.store.page(&query).await?;
    let (invoices, next) = query.page(found);
    let page = PageView { invoices: invoices.iter().map(InvoiceView::of).collect(), next };
    site.entrance.list(&page)
}

/// `GET /invoices/:id` and `GET /invoices/:id.pdf`.
///
/// # Errors
/// 404 for an unknown id, 503 while the store does not respond.
pub(super) async fn one<S: Store>(site: &Site<S>, name: &str) -> ApiResult {
    let (id, is_pdf) = name.strip_suffix(".pdf").map_or((name, false), |id| (id, true));
    let invoice = site.store.invoice(id).await?.ok_or_else(|| unknown(id))?;
    if !is_pdf {
        return Ok(warp::reply::json(&InvoiceView::of(&invoice)).into_response());
    }
    let mut response = Response::new(pdf::document(&invoice, &site.issuer).into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    Ok(response)
}

fn unknown(id: &str) -> Problem {
    let id = delivery_messages::records::text::cut(id, MAX_QUOTED);
    let message = format!(
        "There is no invoice of the purchase {id:?}. It is issued moments after the payment is approved; GET /invoices lists all."
    );
    Problem::not_found("UnknownInvoice", message)
}
