//! Collects plans, states and routes from the compacted topics, and selects the deliveries to judge.
//!
//! Newer versions win, whatever the order of the records; a tombstone removes. Positions are left to [`super::audit`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use delivery_messages::{Millis, Plan, PlanPhase, Route, State, StatePhase};
use delivery_motion::Path;

use crate::subject::{self, MAX_CLOCK_SKEW, Subject, Unverifiable};

/// Which deliveries are requested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only those of this namespace; absent: of all namespaces.
    pub namespace: Option<String>,
    /// Names of deliveries in the namespace, and ids of deliveries anywhere; empty: all.
    pub deliveries: Vec<String>,
    /// Only those under way at this time or later, in milliseconds since the Unix epoch; absent: at any time.
    pub since: Option<Millis>,
}

impl Scope {
    fn is_everything(&self) -> bool {
        self.deliveries.is_empty() && self.namespace.is_none()
    }
}

/// Which positions without a plan are reported, as unverifiable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unplanned {
    /// Those of every delivery.
    #[default]
    All,
    /// Those of these ids.
    Only(HashSet<String>),
}

/// The deliveries to judge.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Deliveries to judge.
    pub subjects: Vec<Subject>,
    /// Ids of the deliveries that have a plan and are not requested.
    pub ignored: HashSet<String>,
    /// What to do with positions whose delivery has no plan.
    pub unplanned: Unplanned,
}

impl Selection {
    /// Whether no position can matter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty() && matches!(&self.unplanned, Unplanned::Only(ids) if ids.is_empty())
    }
}

/// The content of the compacted topics.
#[derive(Debug, Default)]
pub struct Facts {
    /// The newest plan of each delivery.
    pub plans: HashMap<String, Plan>,
    /// The newest state of each delivery.
    pub states: HashMap<String, State>,
    /// The paths of routes by their keys in the catalogue.
    pub paths: HashMap<String, Result<Arc<Path>, Unverifiable>>,
}

impl Facts {
    /// Takes a record of `delivery.plan`; none is a tombstone.
    pub fn plan(&mut self, key: &str, plan: Option<Plan>) {
        match plan {
            Some(plan) if self.plans.get(key).is_none_or(|known| plan.version >= known.version) => {
                self.plans.insert(key.to_owned(), plan);
            }
            Some(_) => {}
            None => drop(self.plans.remove(key)),
        }
    }

    /// Takes a record of `delivery.state`; none is a tombstone.
    pub fn state(&mut self, key: &str, state: Option<State>) {
        match state {
            Some(state) if self.states.get(key).is_none_or(|known| state.version >= known.version) => {
                self.states.insert(key.to_owned(), state);
            }
            Some(_) => {}
            None => drop(self.states.remove(key)),
        }
    }

    /// Takes a record of `route.catalogue`; none is a tombstone.
    pub fn route(&mut self, key: &str, route: Option<&Route>) {
        match route {
            Some(route) => drop(self.paths.insert(key.to_owned(), subject::path(key, route))),
            None => drop(self.paths.remove(key)),
        }
    }

    /// The keys of the routes of the requested deliveries.
    #[must_use]
    pub fn routes(&self, scope: &Scope) -> HashSet<String> {
        self.requested(scope).map(|(_, plan)| plan.route.clone()).collect()
    }

    fn requested<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = (&'a String, &'a Plan)> {
        self.plans.iter().filter(move |(id, plan)| self.is_requested(scope, id, plan))
    }

    fn is_requested(&self, scope: &Scope, id: &String, plan: &Plan) -> bool {
        if scope.deliveries.contains(id) {
            return true;
        }
        let state = self.states.get(id);
        let last_seen = state.map_or(plan.created_at, |state| state.at).max(plan.resumed_at.unwrap_or(Millis::MIN));
        let ended = state.is_some_and(|state| state.phase != StatePhase::Running) || plan.phase == PlanPhase::Cancelled;
        scope.namespace.as_ref().is_none_or(|namespace| *namespace == plan.namespace)
            && (scope.deliveries.is_empty() || scope.deliveries.contains(&plan.name))
            && scope.since.is_none_or(|since| !ended || last_seen >= since)
    }

    /// The requested names and ids that have no plan in the log.
    #[must_use]
    pub fn missing(&self, scope: &Scope) -> Vec<String> {
        let known: HashSet<_> = self.requested(scope).flat_map(|(id, plan)| [id, &plan.name]).collect();
        scope.deliveries.iter().filter(|requested| !known.contains(requested)).cloned().collect()
    }

    /// The broker's time from which positions must be read; none: all of them.
    #[must_use]
    pub fn read_from(&self, scope: &Scope) -> Option<Millis> {
        let unknown = !self.missing(scope).is_empty();
        if scope.since.is_none() && (scope.is_everything() || unknown) {
            return None;
        }
        let starts = self
            .requested(scope)
            .map(|(id, plan)| self.states.get(id).map_or(plan.created_at, |state| state.start.min(plan.created_at)));
        // Twice the tolerance, so that everything within one tolerance is certainly read.
        starts.chain(scope.since).min().map(|start| start.saturating_sub(2 * MAX_CLOCK_SKEW))
    }

    /// Splits the known deliveries into those to judge and those to ignore.
    #[must_use]
    pub fn select(mut self, scope: &Scope) -> Selection {
        let unplanned = if scope.is_everything() {
            Unplanned::All
        } else {
            Unplanned::Only(scope.deliveries.iter().cloned().collect())
        };
        let requested: HashSet<_> = self.requested(scope).map(|(id, _)| id.clone()).collect();
        let (mut subjects, mut ignored) = (Vec::with_capacity(requested.len()), HashSet::new());
        for (id, plan) in self.plans {
            if !requested.contains(&id) {
                ignored.insert(id);
                continue;
            }
            let path = self.paths.get(&plan.route).cloned();
            let path = path.unwrap_or_else(|| Err(Unverifiable::NoRoute(plan.route.clone())));
            let drive = path.and_then(|path| subject::drive(&plan, path));
            let state = self.states.remove(&id);
            subjects.push(Subject { id, plan: Some(plan), state, drive });
        }
        Selection { subjects, ignored, unplanned }
    }
}
