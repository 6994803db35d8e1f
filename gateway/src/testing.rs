//! Records and deliveries for tests.

use std::sync::Arc;

use delivery_messages::{
    LngLat, Millis, Motion, NewPosition, NotificationChanged, Plan, PlanPhase, Route, State, StatePhase,
};

use crate::model::delivery::{Delivery, Phase};
use crate::model::position::Base;
use crate::model::position::Fix;
use crate::model::record::{PlanOrigin, Record, RecordOffset};
use crate::state::changes::Change;
use crate::state::table::Table;

/// The time from which all tests count.
pub(crate) const NOW: Millis = 1_795_340_100_000;

/// A plan of a delivery along route 1.
pub(crate) fn plan(id: &str) -> Plan {
    Plan {
        delivery_id: id.to_owned(),
        version: 2,
        phase: PlanPhase::Accepted,
        name: format!("name-{id}"),
        namespace: "code-delivery".to_owned(),
        source: "test".to_owned(),
        request_id: None,
        client_id: "vX3kqQmT0rWbAAAB".to_owned(),
        route_id: "1".to_owned(),
        route: "code-delivery/1@0123456789ab".to_owned(),
        courier: "moto-7".to_owned(),
        vehicle: "motorcycle".to_owned(),
        // Its route of 422 m then has thousands of positions.
        motion: Motion::ConstantSpeed { speed_kmh: 1 },
        interval_milliseconds: 500,
        seed: 0,
        noise_meters: 0,
        model: 1,
        created_at: NOW,
        resumed_at: None,
        events: Vec::new(),
    }
}

/// A route whose catalogue key is the one of [`plan`] when `id` is 1.
pub(crate) fn route(id: &str, title: &str) -> Route {
    Route {
        id: id.to_owned(),
        namespace: "code-delivery".to_owned(),
        name: id.to_owned(),
        revision: "0123456789ab".to_owned(),
        version: 1,
        title: title.to_owned(),
        path: vec![[-47.92923, -15.82594], [-47.92765, -15.82942]],
        length_meters: 422.4,
        listed: true,
    }
}

/// A state after `seq`.
pub(crate) fn state(id: &str, seq: i64, phase: StatePhase) -> State {
    State {
        delivery_id: id.to_owned(),
        version: State::version_of(seq, phase != StatePhase::Running),
        phase,
        start: NOW,
        seq,
        at: NOW + seq.max(0) * 500,
        position: (seq >= 0).then_some([-47.9, -15.8]),
        speed: 8.5,
        heading: 90.0,
        progress: 0.5,
        eta: NOW + 60_000,
        late_milliseconds: None,
        partition: 3,
        offset: 1200 + seq,
        reason: None,
        pod: None,
    }
}

pub(crate) fn position(id: &str, seq: u64, finished: bool) -> NewPosition {
    NewPosition {
        route_id: "1".to_owned(),
        client_id: "vX3kqQmT0rWbAAAB".to_owned(),
        position: [-47.9, -15.8],
        finished,
        delivery_id: id.to_owned(),
        seq,
        at: i64::try_from(seq).unwrap_or(i64::MAX).saturating_mul(500).saturating_add(NOW),
        speed: 8.5,
        heading: 90.0,
        progress: 0.5,
    }
}

/// The fix of `seq` at `position`.
pub(crate) fn fix(seq: u64, position: LngLat) -> Fix {
    Fix { position, ..Fix::from(&self::position("", seq, false)) }
}

pub(crate) fn delivery(id: &str) -> Delivery {
    Delivery {
        about: Arc::new(plan(id).into()),
        title: "Primeiro".into(),
        phase: Phase::Running,
        fix: Some(fix(1, [-47.9, -15.8])),
        start: Some(NOW),
        eta: Some(NOW + 60_000),
        ended: None,
        pod: None,
        events: Arc::default(),
        last_seq: None,
        base: Some(Base { number: 7, origin: [-47.92923, -15.82594], at: NOW, interval: 500 }),
    }
}

/// A delivery under way with this number.
pub(crate) fn numbered(id: &str, number: u32) -> Delivery {
    let delivery = delivery(id);
    Delivery { base: delivery.base.map(|base| Base { number, ..base }), ..delivery }
}

/// The record of a plan.
pub(crate) fn plan_record(plan: Plan) -> Record {
    Record::Plan {
        delivery_id: plan.delivery_id.clone(),
        plan: Some(Box::new(plan)),
        time: NOW,
        origin: PlanOrigin::default(),
    }
}

/// The record of a state, written `at` milliseconds after [`NOW`].
pub(crate) fn state_record(state: State, at: Millis) -> Record {
    Record::State { delivery_id: state.delivery_id.clone(), state: Some(Box::new(state)), time: NOW + at }
}

/// The record of a position, written `at` milliseconds after [`NOW`].
pub(crate) fn position_record(position: NewPosition, at: Millis) -> Record {
    // One partition, and a place of its own for each seq.
    let offset = RecordOffset { partition: 0, offset: i64::try_from(position.seq).unwrap_or(0) };
    Record::Position { position: Box::new(position), time: NOW + at, offset }
}

/// The record of a route.
pub(crate) fn route_record(route: Route) -> Record {
    Record::Route { key: route.key(), route: Some(Arc::new(route)), time: NOW }
}

/// A table of these records.
pub(crate) fn folded(records: impl IntoIterator<Item = Record>) -> Table {
    let mut table = Table::default();
    for record in records {
        table.fold(record);
    }
    table
}

/// The only change since the last call.
pub(crate) fn only(table: &mut Table) -> Change {
    let mut changes = table.changes().deliveries;
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

/// The only delivery that has changed.
pub(crate) fn shown(table: &mut Table) -> Delivery {
    only(table).delivery.unwrap()
}

/// The plan of a delivery that was cancelled later.
pub(crate) fn cancelled(id: &str) -> Plan {
    Plan { version: 9, phase: PlanPhase::Cancelled, ..plan(id) }
}

/// A recipient's notification that is unread.
pub(crate) fn changed(id: &str, recipient_id: &str, version: u64) -> NotificationChanged {
    NotificationChanged {
        id: id.to_owned(),
        version,
        recipient_id: recipient_id.to_owned(),
        content: "Your purchase was approved.".to_owned(),
        category: "purchase".to_owned(),
        link: None,
        read_at: None,
        canceled_at: None,
        created_at: NOW,
    }
}
