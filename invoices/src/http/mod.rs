//! The HTTP API: `GET /invoices`, `/invoices/:id` and `/invoices/:id.pdf`, with warp.
//!
//! This file is the routing table. [`api`] has the handlers, [`view`] what they show, [`site`] what they share; [`problem`] makes answers of
//! our errors. Connections and limits are left to `delivery-http-server`. Imports `config`, `metrics`, `domain`, `store` and `pdf`.

mod api;
mod problem;
pub(crate) mod site;
mod view;

use std::sync::Arc;

use delivery_http_server::routes::{answered_to, decoded, finish, reading, with};
use site::Site;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::domain::page::Parameters;
use crate::store::Store;

const METHODS: &str = "Invoices can be read with GET alone; they follow from purchases, which POST /purchases makes.";
const PATHS: &str = "Nothing is served at this path. Invoices are at /invoices, /invoices/ID and /invoices/ID.pdf.";

/// All routes; every rejection becomes a response.
pub(crate) fn routes<S: Store>(site: &Arc<Site<S>>) -> BoxedFilter<(Response,)> {
    let list = warp::path!("invoices")
        .and(reading())
        .and(with(site))
        .and(warp::query::<Parameters>())
        .then(|site: Arc<Site<S>>, query: Parameters| async move { finish(api::list(&site, &query).await) });
    let one = warp::path!("invoices" / String)
        .and(reading())
        .and(with(site))
        .then(|name: String, site: Arc<Site<S>>| async move { finish(api::one(&site, &decoded(&name)).await) });
    let metrics = site.metrics.clone();
    let all = list.or(one).unify().boxed();
    let count = move |code, took| metrics.answered(code, took);
    answered_to(site.entrance.clone(), "GET", all, (METHODS, PATHS), count)
}

#[cfg(test)]
#[path = "tests/mod_tests.rs"]
mod tests;
