//! The public port: the HTTP API, with warp.
//!
//! This file is the routing table. [`api`] are the handlers, [`view`] is how purchases and consumer groups are shown, [`problem`] makes
//! answers of our errors. Connections and limits are left to `delivery-http-server`. It may import every folder but `relay` and `service`.

mod problem;
pub(crate) mod view;
pub(crate) mod api;

use std::sync::Arc;

use api::Shop;
use delivery_http_server::routes::{answered_to, decoded, finish, reading, with};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::store::Store;
use crate::store::listing::Parameters;

const METHODS: &str = "This path does not support this method; there are POST and GET /purchases, GET /purchases/groups and \
                       /purchases/:id.";
const PATHS: &str = "Nothing is served at this path; there are /purchases, /purchases/groups and /purchases/:id.";

/// All routes; every rejection becomes a response.
pub(crate) fn routes<S: Store>(shop: &Arc<Shop<S>>) -> BoxedFilter<(Response,)> {
    let shared = with(shop);
    let buy = warp::path!("purchases")
        .and(warp::post())
        .and(shared.clone())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(|shop: Arc<Shop<S>>, headers, body| async move { finish(api::buy(&shop, &headers, body).await) });
    let list = warp::path!("purchases")
        .and(reading())
        .and(shared.clone())
        .and(warp::query::<Parameters>())
        .then(|shop: Arc<Shop<S>>, parameters| async move { finish(api::list(&shop, &parameters).await) });
    let groups = warp::path!("purchases" / "groups")
        .and(reading())
        .and(shared.clone())
        .then(|shop: Arc<Shop<S>>| async move { finish(api::groups(&shop).await) });
    let one = warp::path!("purchases" / String)
        .and(reading())
        .and(shared)
        .then(|id: String, shop: Arc<Shop<S>>| async move { finish(api::one(&shop, &decoded(&id)).await) });
    let metrics = shop.metrics.clone();
    let all = buy.or(list).unify().or(groups).unify().or(one).unify().boxed();
    let count = move |code, took| metrics.answered(code, took);
    answered_to(shop.entrance.clone(), "GET, POST", all, (METHODS, PATHS), count)
}
