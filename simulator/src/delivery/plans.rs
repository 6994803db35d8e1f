//! The file of plans: what this process drives, checked as a whole before anything moves.
//!
//! The operator has checked all of it already; this is the last check before a vehicle moves, and its errors name the delivery and
//! what is wrong with it. What the log already holds of a delivery is left to [`crate::delivery::resume`].

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use delivery_messages::{Millis, Plan, PlanPhase, Route};
use delivery_motion::plan::PlanError;
use delivery_motion::{Drive, Path, PathError};
use serde::Deserialize;

/// A file of plans.
#[derive(Debug, Deserialize)]
struct File {
    plans: Vec<Entry>,
}

/// A plan with the route that it drives, and the trace (W3C `traceparent`) that it belongs to. The route may be left out
/// when an entry before this one has it.
#[derive(Debug, Deserialize)]
struct Entry {
    plan: Plan,
    #[serde(default)]
    route: Option<Route>,
    #[serde(default)]
    traceparent: Option<Box<str>>,
}

/// A delivery that can be driven.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The delivery's id: the key of its records.
    pub id: String,
    /// What messages call `routeId`.
    pub route_id: String,
    /// The client that requested it; may be empty.
    pub client_id: String,
    /// The fixes of the delivery.
    pub drive: Drive,
    /// When its object was created.
    pub created_at: Millis,
    /// When it was last resumed, if ever: no position is due before.
    pub resumed_at: Option<Millis>,
    /// The trace that its records belong to: a W3C `traceparent`.
    pub traceparent: Option<Box<str>>,
    /// The pod that drives it, which the file does not know; none outside of Kubernetes.
    pub pod: Option<Box<str>>,
}

/// Why plans cannot be driven.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    /// The file cannot be read.
    #[error("The plans {} cannot be read: {source}. Name another file with --plans.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is not JSON of the right shape.
    #[error(
        "The plans {} are not valid: {source}. The file must be {{\"plans\": [{{\"plan\": …, \"route\": …}}]}}.",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The file is empty.
    #[error("The file holds no plan; give it at least one.")]
    Empty,
    /// A plan that cannot be driven.
    #[error("The delivery {delivery} cannot be driven. {problem}")]
    Invalid {
        /// Its namespace and name, and its id.
        delivery: String,
        /// Why.
        problem: Problem,
    },
}

/// What is wrong with one plan.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Records need a key.
    #[error("Its id is empty.")]
    NoId,
    /// Two vehicles would write the positions of one delivery.
    #[error("Another plan in the file has the same id.")]
    Duplicate,
    /// It is suspended or cancelled.
    #[error("Its plan's phase is {0:?}; only a plan in the phase Accepted can be driven.")]
    NotAccepted(PlanPhase),
    /// Its route is not in the file.
    #[error("Its route {0} is neither in its own entry nor in one before it.")]
    NoRoute(String),
    /// The entry has another route than its plan names.
    #[error("Its plan names the route {planned}, but its entry holds {given}.")]
    OtherRoute {
        /// The route that the plan names.
        planned: String,
        /// The route in the entry.
        given: String,
    },
    /// The route cannot be driven.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The plan cannot be driven along it.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Reads and checks a file of plans.
///
/// # Errors
/// The first thing that is wrong with the file or one of its plans.
pub fn load(path: &FilePath) -> Result<Vec<Delivery>, PlansError> {
    let text = std::fs::read(path).map_err(|source| PlansError::Unreadable { path: path.to_owned(), source })?;
    let file: File =
        serde_json::from_slice(&text).map_err(|source| PlansError::Malformed { path: path.to_owned(), source })?;
    check(file)
}

fn check(file: File) -> Result<Vec<Delivery>, PlansError> {
    if file.plans.is_empty() {
        return Err(PlansError::Empty);
    }
    let mut ids = HashSet::with_capacity(file.plans.len());
    let mut routes = HashMap::new();
    file.plans
        .into_iter()
        .map(|Entry { plan, route, traceparent }| {
            if !ids.insert(plan.delivery_id.clone()) {
                return Err(invalid(&plan, Problem::Duplicate));
            }
            let path = path_of(&plan, route, &mut routes).map_err(|problem| invalid(&plan, problem))?;
            delivery(&plan, path, traceparent).map_err(|problem| invalid(&plan, problem))
        })
        .collect()
}

fn invalid(plan: &Plan, problem: Problem) -> PlansError {
    let delivery = format!("{}/{} ({})", plan.namespace, plan.name, plan.delivery_id);
    PlansError::Invalid { delivery, problem }
}

/// The path of a plan's route; each route is checked and kept once, however many plans drive it.
fn path_of(plan: &Plan, route: Option<Route>, known: &mut HashMap<String, Arc<Path>>) -> Result<Arc<Path>, Problem> {
    if let Some(route) = route {
        let given = route.key();
        if given != plan.route {
            return Err(Problem::OtherRoute { planned: plan.route.clone(), given });
        }
        if let Slot::Vacant(slot) = known.entry(given) {
            slot.insert(Arc::new(Path::new(&route.path)?));
        }
    }
    known.get(&plan.route).cloned().ok_or_else(|| Problem::NoRoute(plan.route.clone()))
}

fn delivery(plan: &Plan, path: Arc<Path>, traceparent: Option<Box<str>>) -> Result<Delivery, Problem> {
    if plan.delivery_id.is_empty() {
        return Err(Problem::NoId);
    }
    if plan.phase != PlanPhase::Accepted {
        return Err(Problem::NotAccepted(plan.phase));
    }
    Ok(Delivery {
        id: plan.delivery_id.clone(),
        route_id: plan.route_id.clone(),
        client_id: plan.client_id.clone(),
        drive: Drive::of_plan(plan, path)?,
        created_at: plan.created_at,
        resumed_at: plan.resumed_at,
        traceparent,
        pod: None,
    })
}

#[cfg(test)]
#[path = "tests/plans.rs"]
mod tests;
