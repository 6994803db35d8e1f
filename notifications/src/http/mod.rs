//! The public port: the HTTP API, with warp.
//!
//! This file is the routing table. [`input`] reads what clients send and [`view`] is what they are shown, which are pure; [`api`] are the
//! handlers, [`problem`] makes answers of our errors. Connections and limits are left to `delivery-http-server`. The paths and shapes are
//! the original's, with more fields. It may import every folder but `service`.

mod problem;
pub(crate) mod input;
pub(crate) mod view;
pub(crate) mod api;

use std::sync::Arc;

use api::Api;
use delivery_http_server::routes::{answered_to, finish, reading, with};
use input::Parameters;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;
use warp::reply::Response;

use crate::domain::notification::Action;
use crate::domain::repository::{Notifications, Recipients};

const METHODS: &str = "This path does not support this method. Send notifications with POST, change them with PATCH, recipients with PUT, and read with GET.";
const PATHS: &str = "Nothing is served at this path.";

/// All routes; every rejection becomes a response.
pub(crate) fn routes<R: Notifications + Recipients + 'static>(api: &Arc<Api<R>>) -> BoxedFilter<(Response,)> {
    let all = notifications(api).or(actions(api)).unify().or(recipients(api)).unify();
    let metrics = api.metrics.clone();
    let count = move |code, took| metrics.answered(code, took);
    answered_to(api.entrance.clone(), "GET, PATCH, POST, PUT", all.boxed(), (METHODS, PATHS), count)
}

fn notifications<R: Notifications + Recipients + 'static>(api: &Arc<Api<R>>) -> BoxedFilter<(Response,)> {
    let send = warp::path!("notifications")
        .and(warp::post())
        .and(with(api))
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(|api: Arc<Api<R>>, headers: HeaderMap, body| async move { finish(api.send(&headers, body).await) });
    let list = warp::path!("notifications" / "from" / String)
        .and(reading())
        .and(with(api))
        .and(warp::query::<Parameters>())
        .then(|recipient: String, api: Arc<Api<R>>, query: Parameters| async move {
            finish(api.list(&recipient, &query).await)
        });
    let count = warp::path!("notifications" / "count" / "from" / String)
        .and(reading())
        .and(with(api))
        .and(warp::query::<Parameters>())
        .then(|recipient: String, api: Arc<Api<R>>, query: Parameters| async move {
            finish(api.count(&recipient, &query).await)
        });
    send.or(list).unify().or(count).unify().boxed()
}

fn actions<R: Notifications + Recipients + 'static>(api: &Arc<Api<R>>) -> BoxedFilter<(Response,)> {
    let cancel = warp::path!("notifications" / String / "cancel").map(|id: String| (id, Action::Cancel));
    let read = warp::path!("notifications" / String / "read").map(|id: String| (id, Action::Read));
    let unread = warp::path!("notifications" / String / "unread").map(|id: String| (id, Action::Unread));
    cancel
        .or(read)
        .unify()
        .or(unread)
        .unify()
        .and(warp::patch())
        .and(with(api))
        .then(|(id, action): (String, Action), api: Arc<Api<R>>| async move { finish(api.act(&id, action).await) })
        .boxed()
}

fn recipients<R: Notifications + Recipients + 'static>(api: &Arc<Api<R>>) -> BoxedFilter<(Response,)> {
    let get = warp::path!("recipients" / String)
        .and(reading())
        .and(with(api))
        .then(|id: String, api: Arc<Api<R>>| async move { finish(api.recipient(&id).await) });
    let put = warp::path!("recipients" / String)
        .and(warp::put())
        .and(with(api))
        .and(warp::body::stream())
        .then(|id: String, api: Arc<Api<R>>, body| async move { finish(api.choose(&id, body).await) });
    get.or(put).unify().boxed()
}
