//! What the handlers need.

use std::sync::Arc;

use delivery_http_server::Entrance;

use crate::domain::invoice::Issuer;
use crate::metrics::Metrics;

/// What the handlers need.
pub(crate) struct Site<S> {
    pub store: Arc<S>,
    /// For the PDF.
    pub issuer: Issuer,
    pub metrics: Metrics,
    /// Who may read it, and how often.
    pub entrance: Entrance,
}
