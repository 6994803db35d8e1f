//! The file of plans: what this process drives, checked as a whole before anything moves.
//!
//! The operator has checked all of it already; this is the last look before the road, and it says in a sentence what is
//! wrong with which delivery. What the log already holds of a delivery is left to [`crate::resume`].

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
    /// Who asked; may be empty.
    pub client_id: String,
    /// The fixes of the delivery.
    pub drive: Drive,
    /// When its object was created.
    pub created_at: Millis,
    /// No position is due before this time, if it was ever suspended.
    pub resumed_at: Option<Millis>,
    /// The trace that its records belong to: a W3C `traceparent`.
    pub traceparent: Option<Box<str>>,
}

/// Why plans cannot be driven.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    /// The file cannot be read.
    #[error("The plans {} cannot be read: {source}. Name another file with --plans.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no JSON of the right shape.
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
    /// There is nothing to do.
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
    #[error("Its id is that of another plan in the file.")]
    Duplicate,
    /// It is not meant to move.
    #[error("Its plan is {0:?}; only an Accepted plan is driven.")]
    NotAccepted(PlanPhase),
    /// Its route is nowhere in the file.
    #[error("Its route {0} is in no entry up to its own.")]
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTE: &str = r#"{"id":"1","namespace":"shop","name":"primeiro","revision":"0a1b","version":1,"title":"Primeiro",
        "path":[[-47.92923,-15.82594],[-47.92811,-15.82702]],"lengthMeters":169.6,"listed":true}"#;

    fn entry(id: &str, change: impl Fn(String) -> String, route: Option<&str>) -> String {
        let plan = change(format!(
            r#"{{"deliveryId":"{id}","version":2,"phase":"Accepted","name":"moto","namespace":"shop","source":"demo",
            "routeId":"1","route":"shop/primeiro@0a1b","motion":{{"type":"pointPerTick"}},"intervalMilliseconds":500,
            "model":1,"createdAt":0}}"#
        ));
        route.map_or_else(|| format!(r#"{{"plan":{plan}}}"#), |route| format!(r#"{{"plan":{plan},"route":{route}}}"#))
    }

    fn file(entries: &[String]) -> File {
        serde_json::from_str(&format!(r#"{{"plans":[{}]}}"#, entries.join(","))).unwrap()
    }

    #[track_caller]
    fn refused(entries: &[String], said: &str) {
        let message = check(file(entries)).unwrap_err().to_string();
        assert!(message.contains(said), "{message}");
    }

    #[test]
    fn a_route_is_kept_once_for_all_who_drive_it() {
        let same = |plan| plan;
        let deliveries =
            check(file(&[entry("a", same, Some(ROUTE)), entry("b", same, None), entry("c", same, Some(ROUTE))]))
                .unwrap();
        assert_eq!(deliveries.len(), 3);
        assert!(deliveries.iter().all(|one| std::ptr::eq(one.drive.path(), deliveries[0].drive.path())));
        assert_eq!(deliveries[2].drive.last_seq(), 1);
    }

    #[test]
    fn a_plan_may_belong_to_a_trace() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let traced = entry("a", |plan| plan, Some(ROUTE)).replacen('{', &format!(r#"{{"traceparent":"{trace}","#), 1);
        let deliveries = check(file(&[traced, entry("b", |plan| plan, None)])).unwrap();
        assert_eq!(deliveries[0].traceparent.as_deref(), Some(trace));
        assert_eq!(deliveries[1].traceparent, None);
    }

    #[test]
    fn each_bad_plan_is_named_with_its_problem() {
        let same = |plan| plan;
        refused(&[], "holds no plan");
        refused(
            &[entry("a", same, Some(ROUTE)), entry("a", same, None)],
            "The delivery shop/moto (a) cannot be driven. Its id is that of another plan in the file.",
        );
        refused(&[entry("", same, Some(ROUTE))], "Its id is empty.");
        refused(&[entry("a", same, None)], "Its route shop/primeiro@0a1b is in no entry");
        let other = ROUTE.replace("0a1b", "ffff");
        refused(&[entry("a", same, Some(&other))], "but its entry holds shop/primeiro@ffff");
        let with = |from: &'static str, to: &'static str| [entry("a", move |plan| plan.replace(from, to), Some(ROUTE))];
        refused(&with("Accepted", "Suspended"), "Its plan is Suspended; only an Accepted plan is driven.");
        refused(&with(r#""model":1"#, r#""model":2"#), "is for version 2 of the motion model");
        refused(&with(r#"liseconds":500"#, r#"liseconds":0"#), "The interval between two positions is 0");
        let standing = r#"{"type":"constantSpeed","speedKmh":0}"#;
        refused(&with(r#"{"type":"pointPerTick"}"#, standing), "The speed is 0 km/h");
        let pole = ROUTE.replace("-15.82702", "-115.82702");
        refused(&[entry("a", same, Some(&pole))], "Point 1 of the path has the latitude -115.82702");
    }

    #[test]
    fn a_file_that_is_not_there_or_not_json_is_named() {
        let message = load(FilePath::new("/no/such/plans.json")).unwrap_err().to_string();
        assert!(message.starts_with("The plans /no/such/plans.json cannot be read:"), "{message}");
        let path = std::env::temp_dir().join(format!("plans-{}.json", std::process::id()));
        std::fs::write(&path, "{\"plans\": [{}]}").unwrap();
        let message = load(&path).unwrap_err().to_string();
        std::fs::remove_file(&path).unwrap();
        assert!(message.contains("missing field `plan` at line 1"), "{message}");
    }
}
