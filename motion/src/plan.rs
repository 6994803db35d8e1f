//! A plan translated into the motion model: the one place where the messages meet the model (feature `plan`).
//!
//! Pure. Which route a plan drives, and whether it may be driven now, is left to others.

use std::sync::Arc;

use delivery_messages::deliveries::plan::MODEL;
use delivery_messages::{Motion as Planned, Plan};

use crate::drive::{Drive, MODEL_VERSION, Model, ModelError, Motion};
use crate::path::Path;

const _: () = assert!(MODEL == MODEL_VERSION, "plans are written for the model that drives them");

/// Why a plan cannot be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It was accepted for another version of the model.
    #[error("The plan is for version {0} of the motion model, but this program has version {MODEL_VERSION}.")]
    OtherModel(u32),
    /// The motion never arrives.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl PlanError {
    /// A stable name of the error.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::OtherModel(_) => "OtherModel",
            Self::Model(error) => error.reason(),
        }
    }
}

impl From<&Plan> for Model {
    fn from(plan: &Plan) -> Self {
        Self {
            motion: match plan.motion {
                Planned::PointPerTick => Motion::PointPerTick,
                Planned::ConstantSpeed { speed_kmh } => Motion::ConstantSpeed { speed_kmh },
            },
            interval_milliseconds: plan.interval_milliseconds,
            seed: plan.seed,
            noise_meters: plan.noise_meters,
        }
    }
}

impl Model {
    /// The model of a plan, if this program has the version that it was accepted for.
    ///
    /// # Errors
    /// A plan for another version of the model.
    pub fn of_plan(plan: &Plan) -> Result<Self, PlanError> {
        if plan.model != MODEL_VERSION {
            return Err(PlanError::OtherModel(plan.model));
        }
        Ok(Self::from(plan))
    }
}

impl Drive {
    /// Lets a plan drive the path of its route.
    ///
    /// # Errors
    /// A plan for another version of the model, or without an interval or a speed.
    pub fn of_plan(plan: &Plan, path: Arc<Path>) -> Result<Self, PlanError> {
        Ok(Self::new(path, Model::of_plan(plan)?)?)
    }
}

#[cfg(test)]
#[path = "tests/plan.rs"]
mod tests;
