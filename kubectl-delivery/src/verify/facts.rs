//! Chooses the deliveries to judge, by what the compacted topics say of them.
//!
//! Pure. Newer versions win, whatever the order of the records; a tombstone removes. Positions are left to
//! [`super::audit`].

use super::audit::Strangers;
use super::subject::{self, SKEW, Subject};
use delivery_messages::{Millis, Plan, Route, State};
use delivery_motion::Path;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Which deliveries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those of this namespace; absent: of all.
    pub namespace: Option<String>,
    /// Those of these names, and those of these ids wherever they are; empty: all.
    pub deliveries: Vec<String>,
    /// Those that were under way then or later; absent: whenever.
    pub since: Option<Millis>,
}

/// What the compacted topics say.
#[derive(Debug, Default)]
pub struct Facts {
    /// The newest plan of each delivery.
    pub plans: HashMap<String, Plan>,
    /// The newest state of each delivery.
    pub states: HashMap<String, State>,
    /// The paths of the wanted routes by their keys, or why they cannot be used.
    pub paths: HashMap<String, Result<Arc<Path>, String>>,
}

impl Facts {
    /// Takes a record of `delivery.plan`; no plan is a tombstone.
    pub fn plan(&mut self, key: &str, plan: Option<Plan>) {
        match plan {
            Some(plan) if self.plans.get(key).is_none_or(|known| plan.version >= known.version) => {
                self.plans.insert(key.to_owned(), plan);
            }
            Some(_) => {}
            None => drop(self.plans.remove(key)),
        }
    }

    /// Takes a record of `delivery.state`; no state is a tombstone.
    pub fn state(&mut self, key: &str, state: Option<State>) {
        match state {
            Some(state) if self.states.get(key).is_none_or(|known| state.version >= known.version) => {
                self.states.insert(key.to_owned(), state);
            }
            Some(_) => {}
            None => drop(self.states.remove(key)),
        }
    }

    /// Takes a record of `route.catalogue`; no route is a tombstone.
    pub fn route(&mut self, key: &str, route: Option<&Route>) {
        match route {
            Some(route) => drop(self.paths.insert(key.to_owned(), subject::path(key, route))),
            None => drop(self.paths.remove(key)),
        }
    }

    /// The keys of the routes of the deliveries that are asked for.
    #[must_use]
    pub fn routes(&self, scope: &Scope) -> HashSet<String> {
        self.wanted(scope).map(|(_, plan)| plan.route.clone()).collect()
    }

    fn wanted<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = (&'a String, &'a Plan)> {
        self.plans.iter().filter(move |(id, plan)| self.is_wanted(scope, id, plan))
    }

    fn is_wanted(&self, scope: &Scope, id: &String, plan: &Plan) -> bool {
        if scope.deliveries.contains(id) {
            return true;
        }
        let state = self.states.get(id);
        let heard = state.map_or(plan.created_at, |state| state.at).max(plan.resumed_at.unwrap_or(Millis::MIN));
        let over = state.is_some_and(|state| state.phase != delivery_messages::StatePhase::Running)
            || plan.phase == delivery_messages::PlanPhase::Cancelled;
        scope.namespace.as_ref().is_none_or(|namespace| *namespace == plan.namespace)
            && (scope.deliveries.is_empty() || scope.deliveries.contains(&plan.name))
            && scope.since.is_none_or(|since| !over || heard >= since)
    }

    /// Which of the deliveries that were asked for by name or id the log has no plan of.
    #[must_use]
    pub fn missing(&self, scope: &Scope) -> Vec<String> {
        let known: HashSet<_> = self.wanted(scope).flat_map(|(id, plan)| [id, &plan.name]).collect();
        scope.deliveries.iter().filter(|asked| !known.contains(asked)).cloned().collect()
    }

    /// From when on positions have to be read, by the broker's clock; `None`: all of them.
    #[must_use]
    pub fn read_from(&self, scope: &Scope) -> Option<Millis> {
        let all = scope.deliveries.is_empty() && scope.namespace.is_none();
        let unknown = !self.missing(scope).is_empty();
        if scope.since.is_none() && (all || unknown) {
            return None;
        }
        let begins = self
            .wanted(scope)
            .map(|(id, plan)| self.states.get(id).map_or(plan.created_at, |state| state.start.min(plan.created_at)));
        // A margin of two: all that is younger by one, which may be asked for, is then certainly read.
        begins.chain(scope.since).min().map(|begin| begin.saturating_sub(2 * SKEW))
    }

    /// The deliveries that are judged, those that are not, and what becomes of positions without a plan.
    #[must_use]
    pub fn divide(mut self, scope: &Scope) -> (Vec<Subject>, HashSet<String>, Strangers) {
        let strangers = if scope.deliveries.is_empty() && scope.namespace.is_none() {
            Strangers::All
        } else {
            Strangers::Some(scope.deliveries.iter().cloned().collect())
        };
        let wanted: HashSet<_> = self.wanted(scope).map(|(id, _)| id.clone()).collect();
        let (mut subjects, mut others) = (Vec::with_capacity(wanted.len()), HashSet::new());
        for (id, plan) in self.plans {
            if !wanted.contains(&id) {
                others.insert(id);
                continue;
            }
            let path = self.paths.get(&plan.route).cloned();
            let path = path.unwrap_or_else(|| Err(format!("Its route {} is not in the catalogue.", plan.route)));
            let drive = path.and_then(|path| subject::drive(&plan, path));
            let state = self.states.remove(&id);
            subjects.push(Subject { id, plan: Some(plan), state, drive });
        }
        (subjects, others, strangers)
    }
}
