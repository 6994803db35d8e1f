//! `GET /deliveries/:id/trace`: what was done for a delivery, from Jaeger.

use std::time::Instant;

use delivery_http_server::{ApiResult, PeerAddress, Problem};

use super::answer::json_of;
use super::api;
use crate::gateway::budgets::Budget;
use crate::gateway::shared::Gateway;
use crate::traces::client::TraceError;

/// Answers a request.
///
/// # Errors
/// 404 where traces are not shown, for an unknown delivery, and for one without a trace; 429 for too many queries of one address; 503
/// when Jaeger does not answer, or is asked too much at once.
pub(crate) async fn answer(gateway: &Gateway, id: &str, address: PeerAddress) -> ApiResult {
    let Some(traces) = &gateway.traces else {
        let message =
            "This installation shows no traces. Set tracing.gatewayQuery in the values of the chart to enable them.";
        return Err(Problem::not_found("TracesOff", message));
    };
    gateway.budgets.take(Budget::History, address, Instant::now())?;
    let delivery = api::find(gateway, id).await?.delivery;
    json_of(gateway, &traces.trace(&delivery.about).await?)
}

impl From<TraceError> for Problem {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Unknown(_) => Self::not_found(error.reason(), error.to_string()),
            TraceError::Unavailable(_) | TraceError::Busy => Self::unavailable(error.reason(), error.to_string()),
        }
    }
}
