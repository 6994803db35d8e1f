//! The port for people: the API, the WebSocket's upgrade and the page, by warp.
//!
//! Here is which path leads where; [`api`] answers, [`assets`] holds the page's files, [`upgrade`] turns a request into a
//! WebSocket, [`headers`] are on every answer, [`server`] takes connections.

pub mod api;
pub mod asset;
pub mod assets;
pub mod body;
pub mod headers;
pub mod history;
pub mod listing;
pub mod problem;
pub mod server;
pub mod upgrade;

use std::convert::Infallible;
use std::sync::Arc;

use assets::Assets;
use headers::SecurityHeaders;
use history::{Given, Question};
use listing::Parameters;
use problem::{Problem, explain};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;
use warp::path::FullPath;
use warp::reply::{Reply, Response};

use crate::gateway::shared::Gateway;

/// What the port serves besides the deliveries.
pub struct Site {
    /// The page's files.
    pub assets: Assets,
    /// What `/config.json` tells the page.
    pub config: String,
    /// What is on every answer.
    pub headers: SecurityHeaders,
}

type Answer = Result<Response, Problem>;

/// All routes; each request is answered, none is rejected.
pub fn routes(gateway: Arc<Gateway>, site: Arc<Site>) -> BoxedFilter<(Response,)> {
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

/// The questions about what was.
fn past(gateway: &Arc<Gateway>) -> BoxedFilter<(Response,)> {
    let whole = warp::path::end().map(|| Question::Extent).boxed();
    let summary = warp::path!("summary").map(|| Question::Summary).boxed();
    let near = warp::path!("near").map(|| Question::Near).boxed();
    let heat = warp::path!("heat").map(|| Question::Heat).boxed();
    let traces = warp::path!("traces").map(|| Question::Traces).boxed();
    let deliveries = warp::path!("deliveries").map(|| Question::Deliveries).boxed();
    let positions =
        warp::path!("deliveries" / String / "positions").map(|id: String| Question::Positions(decoded(&id))).boxed();
    let question =
        whole.or(summary).unify().or(near).unify().or(heat).unify().or(traces).unify().or(deliveries).unify();
    warp::path("history")
        .and(question.or(positions).unify())
        .and(warp::get())
        .and(with(gateway))
        .and(warp::query::<Given>())
        .then(|question, gateway: Arc<Gateway>, given| async move {
            finish(history::answer(&gateway, question, &given).await)
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

/// A path that leads to no file is rejected, so that a wrong method of an API's path is what the asker hears of.
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

fn finish(answer: Answer) -> Response {
    answer.unwrap_or_else(Reply::into_response)
}

/// A part of a path as a person means it. Bytes that are no text match no name that there is.
fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}
