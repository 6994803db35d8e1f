//! The handlers.

use std::sync::Arc;

use delivery_http_server::{ApiResult, Entrance, Problem, body};
use delivery_messages::{Millis, TRACEPARENT_HEADER, TraceParent};
use delivery_observability::traces::Kind;
use futures::Stream;
use jiff::Timestamp;
use serde::Serialize;
use warp::Buf;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{Reply, Response, json, with_status};

use super::input;
use super::input::Parameters;
use super::view::{Count, NotificationView, One, Page, RecipientView};
use crate::domain::ids::{NotificationId, RecipientId};
use crate::domain::invalid::Invalid;
use crate::domain::listing::{Listing, Selection};
use crate::domain::notification::Action;
use crate::domain::repository::{Notifications, Recipients};
use crate::domain::use_cases::{Sent, UseCases};
use crate::metrics::Metrics;
use crate::spans;

/// The header that makes two requests one.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What the handlers share.
pub(crate) struct Api<R> {
    pub use_cases: Arc<UseCases<R>>,
    pub metrics: Metrics,
    /// The maximum size of a body.
    pub body_bytes: usize,
    /// Who may use it, and how often.
    pub entrance: Entrance,
}

impl<R: Notifications + Recipients> Api<R> {
    /// `POST /notifications`.
    ///
    /// # Errors
    /// 400 and 413 for a body that cannot be read, 422 for values that are not allowed and for a key that was used for something else, 503
    /// while the store is away.
    pub(super) async fn send<B: Buf>(
        &self,
        headers: &HeaderMap,
        body: impl Stream<Item = Result<B, warp::Error>>,
    ) -> ApiResult {
        let answer = self.sent(headers, body).await;
        let outcome = match &answer {
            Ok(Sent::New(_)) => "new",
            Ok(Sent::Repeated(_)) => "repeated",
            Err(problem) => problem.reason,
        };
        self.metrics.request("http", outcome);
        let (notification, status) = match answer? {
            Sent::New(notification) => {
                spans::kept(&notification, Kind::Server, 1);
                (notification, StatusCode::CREATED)
            }
            Sent::Repeated(notification) => (notification, StatusCode::OK),
        };
        Ok(answered(status, &One { notification: NotificationView::from(&notification) }))
    }

    async fn sent<B: Buf>(
        &self,
        headers: &HeaderMap,
        body: impl Stream<Item = Result<B, warp::Error>>,
    ) -> Result<Sent, Problem> {
        let key = match headers.get(IDEMPOTENCY_KEY) {
            Some(key) => Some(key.to_str().map_err(|_| Invalid::IdempotencyKey)?),
            None => None,
        };
        let trace = headers.get(TRACEPARENT_HEADER).and_then(|trace| trace.to_str().ok());
        let trace = trace.filter(|text| TraceParent::is_valid(text));
        let body = body::whole(body, self.body_bytes).await?;
        Ok(self.use_cases.send(input::request(&body, key, trace, now())?).await?)
    }

    /// `PATCH /notifications/:id/{cancel,read,unread}`.
    ///
    /// # Errors
    /// 404 for an unknown notification, 409 for one that is cancelled, 422 for what is no id, 503 while the store is away.
    pub(super) async fn act(&self, id: &str, action: Action) -> ApiResult {
        let id = NotificationId::read("notification's id", id)?;
        let notification = self.use_cases.act(id, action, now()).await?;
        Ok(answered(StatusCode::OK, &One { notification: NotificationView::from(&notification) }))
    }

    /// `GET /notifications/from/:recipientId`.
    ///
    /// # Errors
    /// 400 for a wrong parameter, 422 for what is no id, 503 while the store is away, or too many lists are made or read.
    pub(super) async fn list(&self, recipient: &str, parameters: &Parameters) -> ApiResult {
        let recipient = RecipientId::read("recipient's id", recipient)?;
        let listing = Listing::read(recipient, |name| parameters.get(name).map(String::as_str))?;
        let _turn = self.entrance.turn().await?;
        let (notifications, next) = self.use_cases.list(&listing).await?;
        self.entrance.list(&Page::new(&notifications, next))
    }

    /// `GET /notifications/count/from/:recipientId`.
    ///
    /// # Errors
    /// As [`Api::list`].
    pub(super) async fn count(&self, recipient: &str, parameters: &Parameters) -> ApiResult {
        let recipient = RecipientId::read("recipient's id", recipient)?;
        let selection = Selection::read(recipient, |name| parameters.get(name).map(String::as_str))?;
        Ok(answered(StatusCode::OK, &Count { count: self.use_cases.count(&selection).await? }))
    }

    /// `GET /recipients/:id`.
    ///
    /// # Errors
    /// 404 for one of whom nothing is known, 422 for what is no id, 503 while the store is away.
    pub(super) async fn recipient(&self, id: &str) -> ApiResult {
        let recipient = self.use_cases.recipient(RecipientId::read("recipient's id", id)?).await?;
        Ok(answered(StatusCode::OK, &RecipientView::from(&recipient)))
    }

    /// `PUT /recipients/:id`.
    ///
    /// # Errors
    /// 400 and 413 for a body that cannot be read, 422 for values that are not allowed, 503 while the store is away.
    pub(super) async fn choose<B: Buf>(&self, id: &str, body: impl Stream<Item = Result<B, warp::Error>>) -> ApiResult {
        let id = RecipientId::read("recipient's id", id)?;
        let body = body::whole(body, self.body_bytes).await?;
        let recipient = self.use_cases.choose(&input::choice(id, &body)?).await?;
        Ok(answered(StatusCode::OK, &RecipientView::from(&recipient)))
    }
}

/// A value as JSON.
fn answered<T: Serialize>(status: StatusCode, value: &T) -> Response {
    with_status(json(value), status).into_response()
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
#[path = "tests/api.rs"]
mod tests;
