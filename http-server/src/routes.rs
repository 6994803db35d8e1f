//! The filters that the routing tables of all services share, and what is done to every answer.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use warp::filters::BoxedFilter;
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS,
};
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use crate::entrance::Entrance;
use crate::peer::PeerAddress;
use crate::problem::{ApiResult, Problem};

/// Upper bounds of the buckets for the duration of a request, seconds.
pub const DURATIONS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// `GET` and `HEAD`, whose answer is the same without its body; hyper leaves that out.
#[must_use]
pub fn reading() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::get().or(warp::head()).unify()
}

/// What the handlers share.
#[must_use]
pub fn with<T: Send + Sync + 'static>(
    shared: &Arc<T>,
) -> impl Filter<Extract = (Arc<T>,), Error = Infallible> + Clone + use<T> {
    let shared = Arc::clone(shared);
    warp::any().map(move || Arc::clone(&shared))
}

/// A handler's answer as a response.
#[must_use]
pub fn finish(answer: ApiResult) -> Response {
    answer.unwrap_or_else(Reply::into_response)
}

/// A percent-decoded path segment. Invalid UTF-8 is replaced, so it matches no existing name.
#[must_use]
pub fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// The routes, with a response to each rejection ([`Problem::of`]). Browsers neither guess the type of a response nor keep it; `count`
/// hears its status, and the time from the request's headers to the answer's.
#[must_use]
pub fn answered(
    routes: BoxedFilter<(Response,)>,
    (methods, paths): (&'static str, &'static str),
    count: impl Fn(u16, Duration) + Clone + Send + Sync + 'static,
) -> BoxedFilter<(Response,)> {
    let explain = move |rejection: Rejection| {
        ready(Ok::<Response, Infallible>(Problem::of(&rejection, methods, paths).into_response()))
    };
    let answered = routes.recover(explain).unify();
    warp::any()
        .map(Instant::now)
        .and(answered)
        .map(move |begun: Instant, mut response: Response| {
            let headers = response.headers_mut();
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            count(response.status().as_u16(), begun.elapsed());
            response
        })
        .boxed()
}

/// The same as [`answered`], for those whom the entrance lets in: pages of other origins may not change anything, and cannot read the answers,
/// and who asks too often is told when to ask again. `methods` is what pages of other origins may use, as in a header.
#[must_use]
pub fn answered_to(
    entrance: Entrance,
    methods: &'static str,
    routes: BoxedFilter<(Response,)>,
    sentences: (&'static str, &'static str),
    count: impl Fn(u16, Duration) + Clone + Send + Sync + 'static,
) -> BoxedFilter<(Response,)> {
    let asked = entrance.clone();
    let first = warp::method().and(warp::header::headers_cloned()).and(warp::ext::optional::<PeerAddress>()).and_then(
        move |method: Method, headers: HeaderMap, address: Option<PeerAddress>| {
            ready(before(&asked, methods, &method, &headers, address).ok_or_else(warp::reject::not_found))
        },
    );
    let inner = answered(first.or(routes).unify().boxed(), sentences, count);
    warp::header::headers_cloned()
        .and(inner)
        .map(move |request: HeaderMap, mut response: Response| {
            entrance.origins().share(&request, response.headers_mut());
            response
        })
        .boxed()
}

/// The answer to a request that no route has to see: the question of a browser, or what the entrance refuses.
fn before(
    entrance: &Entrance,
    methods: &'static str,
    method: &Method,
    headers: &HeaderMap,
    address: Option<PeerAddress>,
) -> Option<Response> {
    if method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let allowed = [
            (ACCESS_CONTROL_ALLOW_METHODS, methods),
            (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key, traceparent"),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        response.headers_mut().extend(allowed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        return Some(response);
    }
    entrance.refusal(method, headers, address, Instant::now()).map(Reply::into_response)
}

#[cfg(test)]
#[path = "tests/routes.rs"]
mod tests;
