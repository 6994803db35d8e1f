//! The statement a record becomes in `MongoDB`: an upsert guarded by a version, so that only a newer record changes the document.
//!
//! Pure. A delivery is one document with two parts, the plan's and the state's, each with a version of its own, so records may be
//! written twice and in any order. Older statements are dropped beforehand ([`Statement::is_newer`]); the guard covers the moment
//! in between. An upsert whose guard fails returns a duplicate key error (E11000): another replica has just written, and the
//! write starts over. A tombstone writes nothing, since the store keeps what Kafka no longer does. An erased id replaces the
//! delivery's document with the time of the erasure and versions that no record exceeds, so neither a replay nor a replica that
//! lags behind restores it. Not every server can find a document by more than its id: see [`Updates`].

use delivery_messages::deliveries::erased::Of;
use delivery_messages::{Erased, Millis, Plan, PlanPhase, Route, State, StatePhase};
use mongodb::bson::{Bson, Document, doc};

use crate::model::record::{PlanOrigin, Record};

/// The collection of deliveries.
pub(crate) const DELIVERIES: &str = "deliveries";
/// The collection of routes, a document per revision.
pub(crate) const ROUTES: &str = "routes";

const DUPLICATE_KEY: i32 = 11_000;

/// A part of a document that records of one topic write, guarded by a version of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The plan's part of a delivery.
    Plan,
    /// The state's part of a delivery.
    State,
    /// A revision of a route, as a whole.
    Route,
    /// The marker of an erased delivery, in place of both parts.
    Erased,
}

impl Part {
    /// The part of a document that a record writes, its id and its version; `None` for what is not stored.
    #[must_use]
    pub(crate) fn of(record: &Record) -> Option<(Self, &str, u64)> {
        match record {
            Record::Plan { delivery_id, plan: Some(plan), .. } => Some((Self::Plan, delivery_id, plan.version)),
            Record::State { delivery_id, state: Some(state), .. } => Some((Self::State, delivery_id, state.version)),
            Record::Route { key, route: Some(route), .. } => Some((Self::Route, key, route.version)),
            Record::Erased { id, erased: Some(Erased { of: Of::Delivery, .. }) } => Some((Self::Erased, id, 0)),
            Record::Plan { plan: None, .. }
            | Record::State { state: None, .. }
            | Record::Route { route: None, .. }
            | Record::Erased { .. }
            | Record::Position { .. }
            | Record::Unreadable(_)
            | Record::Rejected(_) => None,
        }
    }

    /// The collection of its documents.
    #[must_use]
    pub(crate) const fn collection(self) -> &'static str {
        match self {
            Self::Plan | Self::State | Self::Erased => DELIVERIES,
            Self::Route => ROUTES,
        }
    }

    /// The maximum number of statements in one command. A server with few storage connections hangs on a hundred; a route may be half
    /// a megabyte.
    #[must_use]
    pub(crate) const fn max_statements(self) -> usize {
        match self {
            Self::Plan | Self::State | Self::Erased => 50,
            Self::Route => 5,
        }
    }

    const fn guard(self) -> &'static str {
        match self {
            Self::Plan | Self::Erased => "planVersion",
            Self::State => "stateVersion",
            Self::Route => "version",
        }
    }
}

/// How a server executes an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Updates {
    /// It finds the document by its id, whatever else the filter asks, and compares and writes in one step.
    Atomic,
    /// It reads a document, compares it and writes it back in steps, and reads the whole collection for a filter on anything but the
    /// `_id` alone: `FerretDB` 1. A guard would cost much and not hold. So there is none, and each document is read just before.
    InSteps,
}

impl Updates {
    /// Reads the reply to `buildInfo`.
    #[must_use]
    pub(crate) fn of(build: &Document) -> Self {
        // FerretDB 2, which is atomic, has a field of another name.
        if build.contains_key("ferretdbVersion") { Self::InSteps } else { Self::Atomic }
    }
}

/// One guarded upsert.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub id: String,
    part: Part,
    version: i64,
    set: Document,
}

/// The outcome of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every statement was executed.
    Written,
    /// Another replica wrote at the same time. Which statements were executed is unknown: some servers stop at the first error
    /// even with `ordered: false`.
    Collision,
    /// The server refused a statement, with its reason; whether the others were executed is unknown.
    Refused(String),
}

impl Statement {
    /// The statement of a record; `None` for what is not stored.
    #[must_use]
    pub(crate) fn of(record: &Record) -> Option<Self> {
        match record {
            Record::Plan { plan: Some(plan), time, origin, .. } => Some(Self::of_plan(plan, *time, *origin)),
            Record::State { state: Some(state), time, .. } => Some(Self::of_state(state, *time)),
            Record::Route { key, route: Some(route), .. } => Some(Self::of_route(key, route)),
            Record::Erased { id, erased: Some(erased) } if erased.of == Of::Delivery => {
                Some(Self::of_erased(id, *erased))
            }
            Record::Plan { plan: None, .. }
            | Record::State { state: None, .. }
            | Record::Route { route: None, .. }
            | Record::Erased { .. }
            | Record::Position { .. }
            | Record::Unreadable(_)
            | Record::Rejected(_) => None,
        }
    }

    fn of_plan(plan: &Plan, time: Millis, origin: PlanOrigin) -> Self {
        let mut set = doc! {
            "name": &plan.name,
            "namespace": &plan.namespace,
            "requestId": plan.request_id.as_deref(),
            "routeId": &plan.route_id,
            "route": &plan.route,
            "courier": &plan.courier,
            "vehicle": &plan.vehicle,
            "intervalMilliseconds": i64::from(plan.interval_milliseconds),
            "createdAt": plan.created_at,
            "planPhase": name(&plan.phase),
        };
        if let Some(trace) = origin.trace {
            set.insert("trace", format!("{trace:032x}"));
        }
        if plan.phase == PlanPhase::Cancelled {
            set.insert("cancelledAt", time);
        }
        Self::new(Part::Plan, &plan.delivery_id, plan.version, set)
    }

    fn of_state(state: &State, time: Millis) -> Self {
        let mut set = doc! {
            "statePhase": name(&state.phase),
            "start": state.start,
            "eta": state.eta,
            "seq": state.seq,
            "at": state.at,
            "position": state.position.map(|position| position.map(Bson::from).to_vec()),
            "speed": state.speed,
            "heading": state.heading,
            "progress": state.progress,
            "reason": state.reason.as_deref(),
        };
        if let Some(pod) = &state.pod {
            set.insert("pod", pod);
        }
        if state.phase != StatePhase::Running {
            set.insert("stoppedAt", time);
        }
        Self::new(Part::State, &state.delivery_id, state.version, set)
    }

    fn of_route(key: &str, route: &Route) -> Self {
        // Flat, alternating lng and lat: not every MongoDB-compatible server supports arrays of arrays.
        let path: Vec<Bson> = route.path.iter().flatten().copied().map(Bson::from).collect();
        let set = doc! {
            "id": &route.id,
            "namespace": &route.namespace,
            "name": &route.name,
            "revision": &route.revision,
            "title": &route.title,
            "path": path,
            "lengthMeters": route.length_meters,
            "listed": route.listed,
        };
        Self::new(Part::Route, key, route.version, set)
    }

    fn of_erased(id: &str, erased: Erased) -> Self {
        let set = doc! {"erasedAt": erased.erased_at, Part::State.guard(): i64::MAX};
        Self::new(Part::Erased, id, u64::MAX, set)
    }

    fn new(part: Part, id: &str, version: u64, mut set: Document) -> Self {
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        set.insert(part.guard(), version);
        Self { id: id.to_owned(), part, version, set }
    }

    /// Whether it is newer than its document, which may not exist yet, or have only the other part.
    #[must_use]
    pub(crate) fn is_newer(&self, document: Option<&Document>) -> bool {
        document
            .and_then(|document| document.get_i64(self.part.guard()).ok())
            .is_none_or(|version| version < self.version)
    }

    fn update(&self, updates: Updates) -> Document {
        if self.part == Part::Erased {
            // Replaces the whole document.
            return doc! {"q": {"_id": &self.id}, "u": self.set.clone(), "upsert": true};
        }
        let mut filter = doc! {"_id": &self.id};
        if updates == Updates::Atomic {
            // A document with only the other part has no such field and so is not newer.
            filter.insert(self.part.guard(), doc! {"$not": {"$gte": self.version}});
        }
        doc! {"q": filter, "u": {"$set": self.set.clone()}, "upsert": true}
    }
}

/// The command for statements of one collection.
#[must_use]
pub(crate) fn command(collection: &str, statements: &[Statement], updates: Updates) -> Document {
    let updates: Vec<Bson> = statements.iter().map(|statement| statement.update(updates).into()).collect();
    doc! {"update": collection, "updates": updates, "ordered": false}
}

/// The filter for the documents of these statements.
#[must_use]
pub(crate) fn versions(statements: &[Statement]) -> Document {
    if let [statement] = statements {
        // Every server looks this one up in an index.
        return doc! {"_id": &statement.id};
    }
    let ids: Vec<&str> = statements.iter().map(|statement| statement.id.as_str()).collect();
    doc! {"_id": {"$in": ids}}
}

#[must_use]
pub(crate) fn guards() -> Document {
    doc! {"planVersion": 1, "stateVersion": 1, "version": 1}
}

/// Reads the reply to a command.
#[must_use]
pub(crate) fn outcome(answer: &Document) -> Outcome {
    let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    let is_duplicate = |error: &Document| error.get_i32("code").is_ok_and(|code| code == DUPLICATE_KEY);
    let refused = errors.iter().filter_map(Bson::as_document).find(|error| !is_duplicate(error));
    match refused {
        Some(error) => Outcome::Refused(error.get_str("errmsg").unwrap_or("no reason given").to_owned()),
        None if errors.is_empty() => Outcome::Written,
        None => Outcome::Collision,
    }
}

/// The name of a phase, as in Kafka.
fn name<T: serde::Serialize>(phase: &T) -> Option<String> {
    serde_json::to_value(phase).ok()?.as_str().map(str::to_owned)
}

#[cfg(test)]
#[path = "tests/statements.rs"]
mod tests;
