//! A plan's words in the model's terms: the one place where the messages meet the model (feature `plan`).
//!
//! Pure. Which route a plan drives, and whether it may be driven now, is for others.

use std::sync::Arc;

use delivery_messages::{Motion as Planned, Plan, plan::MODEL};

use crate::drive::{Drive, MODEL_VERSION, Model, ModelError, Motion};
use crate::path::Path;

const _: () = assert!(MODEL == MODEL_VERSION, "plans are written for the model that drives them");

/// Why a plan cannot be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It was accepted for another release of the model.
    #[error("The plan is for version {0} of the motion model, and this program has version {MODEL_VERSION}.")]
    OtherModel(u32),
    /// The motion never arrives.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl PlanError {
    /// A stable word for the error.
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

impl Drive {
    /// Lets a plan drive the path of its route.
    ///
    /// # Errors
    /// A plan for another release of the model, or without interval or speed.
    pub fn of_plan(plan: &Plan, path: Arc<Path>) -> Result<Self, PlanError> {
        if plan.model != MODEL_VERSION {
            return Err(PlanError::OtherModel(plan.model));
        }
        Ok(Self::new(path, Model::from(plan))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records that each release of the messages must be able to read.
    const PLANS: &str = include_str!("../../messages/golden/1/delivery.plan.json");

    #[test]
    fn a_plan_is_driven_as_it_says_or_not_at_all() {
        let plans: Vec<Plan> = serde_json::from_str(PLANS).unwrap();
        let motions = plans.iter().map(|plan| Model::from(plan).motion);
        assert!(motions.eq([Motion::PointPerTick, Motion::ConstantSpeed { speed_kmh: 36 }]));
        let model = Model::from(&plans[1]);
        assert_eq!((model.interval_milliseconds, model.seed, model.noise_meters), (1_000, 7, 4));

        let path = || Arc::new(Path::new(&[[-47.929_23, -15.825_94], [-47.927_65, -15.829_42]]).unwrap());
        assert_eq!(Drive::of_plan(&plans[0], path()).unwrap().last_seq(), 1);
        let other = Plan { model: 9, ..plans[0].clone() };
        assert_eq!(Drive::of_plan(&other, path()).unwrap_err(), PlanError::OtherModel(9));
        let standing = Plan { interval_milliseconds: 0, ..plans[0].clone() };
        assert_eq!(Drive::of_plan(&standing, path()).unwrap_err().reason(), "ZeroInterval");
    }
}
