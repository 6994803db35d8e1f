//! The public port: the HTTP API, the WebSocket upgrade and the page's files, with warp.
//!
//! This file is the routing table. [`api`], [`position_index`] and [`trace`] are the handlers, [`assets`] holds the page's files, [`upgrade`]
//! hands a connection over to `connection`, [`headers`] sets the security headers of every response, [`server`] accepts
//! connections. It may import every folder but `service`.

mod answer;
pub(crate) mod api;
pub(crate) mod asset;
pub(crate) mod assets;
pub(crate) mod headers;
pub(crate) mod position_index;
pub(crate) mod problem;
pub(crate) mod server;
pub(crate) mod trace;
pub(crate) mod upgrade;

use std::sync::Arc;
use std::time::Instant;

use assets::Assets;
use delivery_http_server::routes::{decoded, finish, reading, with};
use headers::SecurityHeaders;
use position_index::{Endpoint, QueryPairs};
use problem::{explain, refusal};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Method};
use warp::path::FullPath;
use warp::reply::Response;

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

/// All routes; every rejection becomes a response. [`server`] tells each request its `PeerAddress`.
pub(crate) fn routes(gateway: Arc<Gateway>, site: Arc<Site>) -> BoxedFilter<(Response,)> {
    let inner = api(&gateway, &site).or(past(&gateway)).unify().or(socket(&gateway)).unify().or(page(&site)).unify();
    let answered = inner.recover(explain).unify();
    warp::any()
        .map(Instant::now)
        .and(warp::header::headers_cloned())
        .and(answered)
        .map(move |begun: Instant, request: HeaderMap, mut response: Response| {
            site.headers.put(&gateway.origins, &request, response.headers_mut());
            gateway.metrics.answered(response.status().as_u16(), begun.elapsed());
            response
        })
        .boxed()
}

fn api(gateway: &Arc<Gateway>, site: &Arc<Site>) -> BoxedFilter<(Response,)> {
    let shared = with(gateway);
    let routes = warp::path!("routes")
        .and(reading())
        .and(shared.clone())
        .map(|gateway: Arc<Gateway>| finish(api::routes(&gateway)));
    let route = warp::path!("routes" / String)
        .and(reading())
        .and(shared.clone())
        .map(|id: String, gateway: Arc<Gateway>| finish(api::route(&gateway, &decoded(&id))));
    let start = warp::path!("routes" / String / "start")
        .and(warp::post())
        .and(shared.clone())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get())
        .and(warp::body::stream())
        .then(|id: String, gateway: Arc<Gateway>, headers, address, body| async move {
            finish(api::start(&gateway, &decoded(&id), &headers, address, body).await)
        });
    let deliveries = warp::path!("deliveries")
        .and(reading())
        .and(shared.clone())
        .and(warp::query::<Parameters>())
        .and(warp::ext::get())
        .then(|gateway: Arc<Gateway>, query, address| async move {
            finish(api::deliveries(&gateway, &query, address).await)
        });
    let delivery = warp::path!("deliveries" / String)
        .and(reading())
        .and(shared.clone())
        .then(|id: String, gateway: Arc<Gateway>| async move { finish(api::delivery(&gateway, &decoded(&id)).await) });
    let trace =
        warp::path!("deliveries" / String / "trace").and(reading()).and(shared.clone()).and(warp::ext::get()).then(
            |id: String, gateway: Arc<Gateway>, address| async move {
                finish(trace::answer(&gateway, &decoded(&id), address).await)
            },
        );
    let driven = warp::path!("deliveries" / String / "route").and(reading()).and(shared).then(
        |id: String, gateway: Arc<Gateway>| async move { finish(api::driven_route(&gateway, &decoded(&id)).await) },
    );
    let site = Arc::clone(site);
    let config = warp::path!("config.json").and(reading()).map(move || api::json_text(site.config.clone()));
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
        .or(trace)
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
        .and(reading())
        .and(with(gateway))
        .and(warp::query::<QueryPairs>())
        .and(warp::ext::get())
        .then(|endpoint, gateway: Arc<Gateway>, pairs, address| async move {
            finish(position_index::answer(&gateway, endpoint, &pairs, address).await)
        })
        .boxed()
}

fn socket(gateway: &Arc<Gateway>) -> BoxedFilter<(Response,)> {
    warp::path!("ws")
        .and(reading())
        .and(with(gateway))
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .and(warp::query::<Vec<(String, String)>>())
        .and(warp::ext::get())
        .and(warp::ext::optional())
        .map(
            |gateway: Arc<Gateway>,
             method: Method,
             headers: HeaderMap,
             query: Vec<(String, String)>,
             address,
             upgrade| {
                // Only GET upgrades (RFC 6455 §4.1).
                let upgrade = Option::filter(upgrade, |_| method == Method::GET);
                upgrade::answer(&gateway, &headers, &query, address, upgrade).unwrap_or_else(refusal)
            },
        )
        .boxed()
}

/// A path without a file is rejected, so that a wrong method on an API path is reported as such.
fn page(site: &Arc<Site>) -> BoxedFilter<(Response,)> {
    let site = Arc::clone(site);
    reading()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and_then(move |path: FullPath, headers: HeaderMap| {
            let answer = site.assets.answer(&decoded(path.as_str()), &headers);
            std::future::ready(answer.ok_or_else(warp::reject::not_found))
        })
        .boxed()
}
