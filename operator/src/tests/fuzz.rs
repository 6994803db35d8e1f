//! The records of all topics that the operator reads, as anyone may write them: into the tables, and from there into decisions
//! and statuses.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use delivery_fuzz::{Fuzz, Line};
use delivery_messages::{DecodeError, Erased, Plan, PlanPhase, Route, State, StatePhase, Topic, decode};

use crate::deliveries::plan::DeliveryState;
use crate::deliveries::reporting::status::status;
use crate::tables::catalogue::Catalogue;
use crate::tables::ended_plans::Installation;
use crate::tables::erased;
use crate::tables::plan_entry::RecordMeta;
use crate::tables::plans::Plans;
use crate::tables::retention::Retention;
use crate::tables::states::States;
use crate::tables::tombstones::PendingTombstones;
use crate::testing::{RUNNING, Scene, pod};

/// The tables, as [`crate::log::follow`] fills them.
#[derive(Default)]
struct Tables {
    plans: Plans,
    states: States,
    catalogue: Catalogue,
    erased: erased::Erased,
    tombstones: PendingTombstones,
    /// The requests of the plans that the topic holds, by delivery.
    requests: HashMap<String, String>,
}

impl Tables {
    /// Applies a record; the outcome of it.
    fn apply(&mut self, line: Line<'_>) -> &'static str {
        let Line { topic, key, time, value } = line;
        let Some(key) = key.and_then(|key| std::str::from_utf8(key).ok()) else { return "no key" };
        let outcome = match Topic::ALL.into_iter().find(|known| known.name() == topic) {
            Some(Topic::Plan) => self.plan(key, value, time),
            Some(Topic::State) => {
                value.map(|value| decode::<State>(Topic::State, Some(value))).transpose().map(|state| {
                    if state.is_none() {
                        self.tombstones.note(Topic::State, key, Instant::now());
                    }
                    let before = self.states.get(key);
                    self.states.apply(key, state, time);
                    let after = self.states.get(key);
                    assert!(before.zip(after).is_none_or(|(before, after)| before.version <= after.version));
                    "state"
                })
            }
            Some(Topic::Catalogue) => {
                value.map(|value| decode::<Route>(Topic::Catalogue, Some(value))).transpose().map(|route| {
                    match route {
                        Some(route) => self.route(key, &route, time),
                        None => drop(self.catalogue.remove_unless(key, || false)),
                    }
                    "route"
                })
            }
            Some(Topic::Erased) => {
                value.map(|value| decode::<Erased>(Topic::Erased, Some(value))).transpose().map(|erased| {
                    self.erased.apply(key, erased.is_some());
                    assert_eq!(self.erased.contains(key), erased.is_some());
                    "erased"
                })
            }
            _ => return "not read",
        };
        outcome.unwrap_or_else(|error| error.reason())
    }

    fn plan(&mut self, key: &str, value: Option<&[u8]>, at: i64) -> Result<&'static str, DecodeError> {
        let Some(value) = value else {
            self.plans.remove(key);
            self.requests.remove(key);
            self.tombstones.note(Topic::Plan, key, Instant::now());
            return Ok("tombstone");
        };
        let plan: Plan = decode(Topic::Plan, Some(value))?;
        let (id, request) = (plan.delivery_id.clone(), plan.request_id.clone());
        self.plans.apply(plan, RecordMeta { at, trace: None });
        assert!(self.plans.knows(&id));
        self.requests.extend(request.map(|request| (id, request)));
        Ok("plan")
    }

    fn route(&self, key: &str, route: &Route, at: i64) {
        self.catalogue.apply(key, route, Some(at));
        let changed =
            Route { title: format!("{}!", route.title), revision: format!("{}!", route.revision), ..route.clone() };
        if let Some(next) = self.catalogue.missing(&changed) {
            assert!(next.version >= route.version, "the newest revision has the greatest version");
        }
    }

    /// What the cleanup asks the tables at that time.
    fn sweep(&self, now: i64) {
        let ours = Installation { source: "shop/code-delivery".to_owned(), namespaces: vec!["shop".to_owned()] };
        let retention = Retention { requests: Some(500), ended: Some(100), requested: Some(500) };
        let orphans = self.plans.orphans(&ours, &HashSet::new(), |id| self.states.ended(id));
        assert!(orphans.iter().all(|(plan, _)| plan.phase == PlanPhase::Cancelled && plan.version % 2 == 1));
        let expired = self.plans.expired(&ours, &retention, now, 9);
        assert!(expired.iter().all(|id| self.plans.get(id).is_none()), "only what has ended is removed");
        let abandoned = self.plans.abandoned(&ours, &retention, now, 9, |id| self.states.last(id));
        assert!(abandoned.len() <= 9);
        drop(self.plans.erased(&ours, |id, request| self.erased.covers(id, request)));
        drop(self.states.expired(|id| self.plans.knows(id), Some(100), now, 9));
        drop(self.states.versions(|_| true));
        drop(self.catalogue.expired(&ours.namespaces, Some(100), now, |_| false));
        drop(self.catalogue.outdated(&ours.namespaces, |_| false));
        drop(self.tombstones.due(Instant::now(), 9));
    }
}

#[test]
fn fuzzed_records_leave_the_tables_in_order_whatever_is_asked_of_them() {
    let report = Fuzz::new("records").memory_per_byte(1_024).run(|input| {
        let (mut tables, mut outcome) = (Tables::default(), "no record");
        for line in Line::all(input) {
            outcome = tables.apply(line);
            tables.sweep(line.time);
        }
        for request in tables.requests.values() {
            assert!(tables.plans.has_request(request), "the request {request} would be served again");
        }
        let requests: Vec<_> = tables.requests.drain().collect();
        for (id, _) in &requests {
            tables.plans.remove(id);
        }
        for (_, request) in requests {
            assert!(!tables.plans.has_request(&request), "the request {request} is remembered for ever");
        }
        outcome
    });
    report.reached(&["plan", "tombstone", "state", "route", "erased", "no key", "not read", "MalformedRecord"]);
}

#[test]
fn fuzzed_states_give_a_status_that_kubernetes_takes() {
    let report = Fuzz::new("state").run(|input| {
        let Ok(state) = decode::<State>(Topic::State, Some(input)) else { return "no state" };
        let phase = state.phase;
        let mut scene = Scene::new("").pods([pod(1, RUNNING)]);
        scene.state = Some(state);
        let (observed, plan) = (scene.observed(), scene.plan());
        assert_eq!(phase == StatePhase::Finished, plan.state == DeliveryState::Finished);
        let status = status(&observed, &plan);
        let text = serde_json::to_string(&status).unwrap();
        assert!(text.len() <= 8 * 1_024, "{} bytes: {text}", text.len());
        assert!(status.progress_percent.is_none_or(|percent| percent <= 100));
        match phase {
            StatePhase::Running => "running",
            StatePhase::Finished => "finished",
            StatePhase::Failed => "failed",
        }
    });
    report.reached(&["running", "finished", "failed", "no state"]);
}
