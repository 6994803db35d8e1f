//! `delivery.command`: what to do with a delivery that exists.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// End it: the Delivery object is deleted.
    Cancel,
    /// Stop the vehicle where it is.
    Suspend,
    /// Let it continue.
    Resume,
}

/// A request to cancel, suspend or resume a delivery; its key is the delivery's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// The delivery.
    pub delivery_id: String,
    /// The request's identity, which a rejection names.
    #[serde(default)]
    pub request_id: String,
    /// What to do.
    pub action: Action,
}
