//! The public port: the HTTP API, the WebSocket upgrade and the page's files, with warp.
//!
//! This file is the routing table. [`api`] and [`position_index`] are the handlers, [`assets`] holds the page's files, [`upgrade`]
//! hands a connection over to `connection`, [`headers`] sets the security headers of every response, [`server`] accepts
//! connections. It may import every folder but `service`.

pub(crate) mod api;
pub(crate) mod asset;
pub(crate) mod assets;
pub(crate) mod body;
pub(crate) mod headers;
pub(crate) mod position_index;
pub(crate) mod problem;
pub(crate) mod server;
pub(crate) mod upgrade;

use std::convert::Infallible;
use std::sync::Arc;

use assets::Assets;
use headers::SecurityHeaders;
use position_index::{Endpoint, QueryPairs};
use problem::{ApiResult, explain};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;
use warp::path::FullPath;
use warp::reply::{Reply, Response};

use crate::delivery_store::listing::Parameters;
use crate::gateway::shared::Gateway;

/// What the port serves besides the API.
pub(crate) struct Site {
    /// The files of the page.
    pub assets: Assets,
    /// The body of `/config.json`.
    pub config: String,
    /// The headers of every response.
    pub headers: SecurityHeaders,
}

/// All routes; every rejection becomes a response.
pub(crate) fn routes(gateway: Arc<Gateway>, site: Arc<Site>) -> BoxedFilter<(Response,)> {
    let inner = api(&gateway, &site).or(past(&gateway)).unify().or(socket(&gateway)).unify().or(page(&site)).unify();
    let answered = inner.recover(explain).unify();
    warp::header::headers_cloned()
        .and(answered)
        .map(move |request: HeaderMap, mut response: Response| {
            site.headers.put(&gateway.origins, &request, response.headers_mut());
            gateway.metrics.answered(response.status().as_u16());
            response
        })
        .boxed()
}

fn api(gateway: &Arc<Gateway>, site: &Arc<Site>) -> BoxedFilter<(Response,)> {
    let shared = with(gateway);
    let routes = warp::path!("routes")
        .and(warp::get())
        .and(shared.clone())
        .map(|gateway: Arc<Gateway>| finish(api::routes(&gateway)));
    let route = warp::path!("routes" / String)
        .and(warp::get())
        .and(shared.clone())
        .map(|id: String, gateway: Arc<Gateway>| finish(api::route(&gateway, &decoded(&id))));
    let start = warp::path!("routes" / String / "start")
        .and(warp::post())
        .and(shared.clone())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(|id: String, gateway: Arc<Gateway>, headers, body| async move {
            finish(api::start(&gateway, &decoded(&id), &headers, body).await)
        });
    let deliveries = warp::path!("deliveries")
        .and(warp::get())
        .and(shared.clone())
        .and(warp::query::<Parameters>())
        .then(|gateway: Arc<Gateway>, query| async move { finish(api::deliveries(&gateway, &query).await) });
    let delivery = warp::path!("deliveries" / String)
        .and(warp::get())
        .and(shared.clone())
        .then(|id: String, gateway: Arc<Gateway>| async move { finish(api::delivery(&gateway, &decoded(&id)).await) });
    let driven = warp::path!("deliveries" / String / "route").and(warp::get()).and(shared).then(
        |id: String, gateway: Arc<Gateway>| async move { finish(api::driven_route(&gateway, &decoded(&id)).await) },
    );
    let site = Arc::clone(site);
    let config = warp::path!("config.json").and(warp::get()).map(move || api::json_text(site.config.clone()));
    let preflight = warp::path!("routes" / String / "start").and(warp::options()).map(|_| headers::preflight());
    routes
        .or(route)
        .unify()
        .or(start)
        .unify()
        .or(deliveries)
        .unify()
        .or(delivery)
        .unify()
        .or(driven)
        .unify()
        .or(config)
        .unify()
        .or(preflight)
        .unify()
        .boxed()
}

/// `/history/*`, served from the position index.
fn past(gateway: &Arc<Gateway>) -> BoxedFilter<(Response,)> {
    let whole = warp::path::end().map(|| Endpoint::Extent).boxed();
    let summary = warp::path!("summary").map(|| Endpoint::Summary).boxed();
    let near = warp::path!("near").map(|| Endpoint::Near).boxed();
    let heat = warp::path!("heat").map(|| Endpoint::Heat).boxed();
    let traces = warp::path!("traces").map(|| Endpoint::Traces).boxed();
    let deliveries = warp::path!("deliveries").map(|| Endpoint::Deliveries).boxed();
    let positions =
        warp::path!("deliveries" / String / "positions").map(|id: String| Endpoint::Positions(decoded(&id))).boxed();
    let endpoint =
        whole.or(summary).unify().or(near).unify().or(heat).unify().or(traces).unify().or(deliveries).unify();
    warp::path("history")
        .and(endpoint.or(positions).unify())
        .and(warp::get())
        .and(with(gateway))
        .and(warp::query::<QueryPairs>())
        .then(|endpoint, gateway: Arc<Gateway>, pairs| async move {
            finish(position_index::answer(&gateway, endpoint, &pairs).await)
        })
        .boxed()
}

fn socket(gateway: &Arc<Gateway>) -> BoxedFilter<(Response,)> {
    warp::path!("ws")
        .and(warp::get())
        .and(with(gateway))
        .and(warp::header::headers_cloned())
        .and(warp::query::<Vec<(String, String)>>())
        .and(warp::ext::optional())
        .map(|gateway: Arc<Gateway>, headers: HeaderMap, query: Vec<(String, String)>, upgrade| {
            finish(upgrade::answer(&gateway, &headers, &query, upgrade))
        })
        .boxed()
}

/// A path without a file is rejected, so that a wrong method on an API path is reported as such.
fn page(site: &Arc<Site>) -> BoxedFilter<(Response,)> {
    let site = Arc::clone(site);
    warp::get()
        .or(warp::head())
        .unify()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and_then(move |path: FullPath, headers: HeaderMap| {
            let answer = site.assets.answer(&decoded(path.as_str()), &headers);
            std::future::ready(answer.ok_or_else(warp::reject::not_found))
        })
        .boxed()
}

fn with(gateway: &Arc<Gateway>) -> impl Filter<Extract = (Arc<Gateway>,), Error = Infallible> + Clone + use<> {
    let gateway = Arc::clone(gateway);
    warp::any().map(move || Arc::clone(&gateway))
}

fn finish(answer: ApiResult) -> Response {
    answer.unwrap_or_else(Reply::into_response)
}

/// A percent-decoded path segment. Invalid UTF-8 is replaced, so it matches no existing name.
fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}
