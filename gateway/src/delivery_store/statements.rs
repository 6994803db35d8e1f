//! What a record writes to `MongoDB`: an upsert that only a newer fact gets past.
//!
//! Pure. A delivery is one document with two halves, the plan's and the state's, each guarded by its own version; so records
//! may be written twice and in any order. What is older than the document is left out before ([`Statement::is_newer`]); the
//! guard is for the moment in between. An upsert that its guard does not let in answers with a duplicate key (E11000): then
//! another replica has just written, and the question is asked anew. A tombstone writes nothing: what Kafka no longer keeps
//! is what the history is for. An erased id takes the place of the delivery's document, with nothing in it but when, and with
//! versions that no record gets past: so a replay, or a replica that has not heard of it, brings nothing back.

use delivery_messages::erased::Of;
use delivery_messages::{Erased, Millis, Plan, PlanPhase, Route, State, StatePhase};
use mongodb::bson::{Bson, Document, doc};

use crate::model::record::Record;

/// The collection of deliveries.
pub const DELIVERIES: &str = "deliveries";
/// The collection of routes, a document per revision.
pub const ROUTES: &str = "routes";

const DUPLICATE_KEY: i32 = 11_000;

/// A part of a document that records of one topic write, guarded by a version of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Half {
    /// The plan's half of a delivery.
    Plan,
    /// The state's half of a delivery.
    State,
    /// A revision of a route, as a whole.
    Route,
    /// What is left of an erased delivery: both halves, without anything in them.
    Erased,
}

impl Half {
    /// The half that a record writes, of which document, and its version; none for what the history does not keep.
    #[must_use]
    pub fn of(record: &Record) -> Option<(Self, &str, u64)> {
        match record {
            Record::Plan { delivery_id, plan: Some(plan), .. } => Some((Self::Plan, delivery_id, plan.version)),
            Record::State { delivery_id, state: Some(state), .. } => Some((Self::State, delivery_id, state.version)),
            Record::Route { key, route: Some(route) } => Some((Self::Route, key, route.version)),
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
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Plan | Self::State | Self::Erased => DELIVERIES,
            Self::Route => ROUTES,
        }
    }

    /// The most statements in one command. A server with few connections to its storage hangs on a hundred; a route may be
    /// half a megabyte.
    #[must_use]
    pub const fn most(self) -> usize {
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

/// One guarded upsert.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The document.
    pub id: String,
    half: Half,
    version: i64,
    set: Document,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every statement was carried out.
    Written,
    /// Another replica wrote at the same time. Which statements were carried out is not known: some servers stop at the
    /// first error though they are told not to.
    Collision,
    /// The server will not have one of the statements, for this reason; what became of the others is not known either.
    Refused(String),
}

impl Statement {
    /// The statement of a record; none for what the history does not keep.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        match record {
            Record::Plan { plan: Some(plan), time, .. } => Some(Self::of_plan(plan, *time)),
            Record::State { state: Some(state), time, .. } => Some(Self::of_state(state, *time)),
            Record::Route { key, route: Some(route) } => Some(Self::of_route(key, route)),
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

    fn of_plan(plan: &Plan, time: Millis) -> Self {
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
        if plan.phase == PlanPhase::Cancelled {
            set.insert("cancelledAt", time);
        }
        Self::new(Half::Plan, &plan.delivery_id, plan.version, set)
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
        if state.phase != StatePhase::Running {
            set.insert("stoppedAt", time);
        }
        Self::new(Half::State, &state.delivery_id, state.version, set)
    }

    fn of_route(key: &str, route: &Route) -> Self {
        // Flat, lng and lat by turns: not every server that speaks MongoDB's protocol takes arrays of arrays.
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
        Self::new(Half::Route, key, route.version, set)
    }

    fn of_erased(id: &str, erased: Erased) -> Self {
        let set = doc! {"erasedAt": erased.erased_at, Half::State.guard(): i64::MAX};
        Self::new(Half::Erased, id, u64::MAX, set)
    }

    fn new(half: Half, id: &str, version: u64, mut set: Document) -> Self {
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        set.insert(half.guard(), version);
        Self { id: id.to_owned(), half, version, set }
    }

    /// Whether it tells more than its document, of which there may be none yet, or only the other half.
    #[must_use]
    pub fn is_newer(&self, document: Option<&Document>) -> bool {
        document
            .and_then(|document| document.get_i64(self.half.guard()).ok())
            .is_none_or(|version| version < self.version)
    }

    fn update(&self) -> Document {
        if self.half == Half::Erased {
            // In place of all that there was, not beside it.
            return doc! {"q": {"_id": &self.id}, "u": self.set.clone(), "upsert": true};
        }
        // A document that has only the other half has no such field: it is not newer.
        doc! {
            "q": {"_id": &self.id, self.half.guard(): {"$not": {"$gte": self.version}}},
            "u": {"$set": self.set.clone()},
            "upsert": true,
        }
    }
}

/// The command that carries statements of one collection.
#[must_use]
pub fn command(collection: &str, statements: &[Statement]) -> Document {
    let updates: Vec<Bson> = statements.iter().map(|statement| statement.update().into()).collect();
    doc! {"update": collection, "updates": updates, "ordered": false}
}

/// The question for the versions of the documents that statements speak of.
#[must_use]
pub fn versions(statements: &[Statement]) -> Document {
    let ids: Vec<&str> = statements.iter().map(|statement| statement.id.as_str()).collect();
    doc! {"_id": {"$in": ids}}
}

/// The fields that [`versions`] asks for.
#[must_use]
pub fn guards() -> Document {
    doc! {"planVersion": 1, "stateVersion": 1, "version": 1}
}

/// Reads the answer to a command.
#[must_use]
pub fn outcome(answer: &Document) -> Outcome {
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
