//! A delivery and its records, as its simulator writes them, and the verdict on them.

use std::collections::BTreeMap;

use delivery_messages::deliveries::catalogue;
use delivery_messages::{Millis, Motion, NewPosition, Plan, PlanPhase, Route, State, StatePhase};
use delivery_verify::audit::{Audit, CompleteSince, PartitionRange};
use delivery_verify::facts::{Facts, Scope};
use delivery_verify::judge::PositionRecord;
use delivery_verify::report::{DeliveryReport, Summary, Verdict};
use delivery_verify::subject;

/// When the first position is due.
pub(crate) const START: Millis = 1_700_000_000_000;
/// Milliseconds from one position to the next.
pub(crate) const INTERVAL: u32 = 500;
/// The delivery's id.
pub(crate) const ID: &str = "8f6a";

fn route(corners: usize) -> Route {
    let path: Vec<_> = (0_u32..).take(corners).map(|at| [-47.9 + f64::from(at) * 0.0004, -15.8]).collect();
    let revision = catalogue::revision("1", &path);
    Route {
        id: "1".into(),
        namespace: "shop".into(),
        name: "primeiro".into(),
        revision,
        version: 1,
        title: "Primeiro".into(),
        path,
        length_meters: 1.0,
        listed: true,
    }
}

fn plan(route: &Route, motion: Motion) -> Plan {
    Plan {
        delivery_id: ID.into(),
        version: 2,
        phase: PlanPhase::Accepted,
        name: "primeiro".into(),
        namespace: "shop".into(),
        source: "demo/demo".into(),
        request_id: None,
        client_id: "vX3kq".into(),
        route_id: "1".into(),
        route: route.key(),
        courier: String::new(),
        vehicle: String::new(),
        motion,
        interval_milliseconds: INTERVAL,
        seed: 7,
        noise_meters: 4,
        model: 1,
        created_at: START - 1_000,
        resumed_at: None,
        events: Vec::new(),
    }
}

/// One delivery and its records, as a simulator writes them.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) route: Option<Route>,
    pub(crate) plan: Option<Plan>,
    pub(crate) state: Option<State>,
    pub(crate) positions: Vec<NewPosition>,
    pub(crate) complete_since: CompleteSince,
}

impl Scenario {
    pub(crate) fn new(corners: usize, motion: Motion) -> Self {
        let route = route(corners);
        let plan = plan(&route, motion);
        let drive = subject::drive(&plan, subject::path(&route.key(), &route).unwrap()).unwrap();
        let positions: Vec<_> = (0..=drive.last_seq())
            .map(|seq| {
                let fix = drive.fix(seq);
                NewPosition {
                    route_id: "1".into(),
                    client_id: "vX3kq".into(),
                    position: fix.position,
                    finished: fix.finished,
                    delivery_id: ID.into(),
                    seq,
                    at: due(seq),
                    speed: fix.speed_meters_per_second,
                    heading: fix.heading,
                    progress: fix.progress,
                }
            })
            .collect();
        let mut scenario = Self {
            route: Some(route),
            plan: Some(plan),
            state: None,
            positions,
            complete_since: CompleteSince::Time(Millis::MIN),
        };
        scenario.state = Some(scenario.state_after(drive.last_seq()));
        scenario
    }

    /// The index of the last position.
    pub(crate) fn last(&self) -> usize {
        self.positions.len() - 1
    }

    /// The state that is written after a position.
    pub(crate) fn state_after(&self, seq: u64) -> State {
        let position = &self.positions[usize::try_from(seq).unwrap()];
        State {
            delivery_id: ID.into(),
            version: State::version_of(i64::try_from(seq).unwrap(), position.finished),
            phase: if position.finished { StatePhase::Finished } else { StatePhase::Running },
            start: START,
            seq: i64::try_from(seq).unwrap(),
            at: position.at,
            position: Some(position.position),
            speed: position.speed,
            heading: position.heading,
            progress: position.progress,
            eta: 0,
            late_milliseconds: None,
            partition: 2,
            offset: 0,
            reason: None,
            pod: None,
        }
    }

    pub(crate) fn stopped(mut self, phase: PlanPhase) -> Self {
        self.plan.as_mut().unwrap().phase = phase;
        self
    }

    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        facts.plan(ID, self.plan.clone());
        facts.state(ID, self.state.clone());
        if let (Some(route), Some(plan)) = (&self.route, &self.plan) {
            facts.route(&plan.route, Some(route));
        }
        facts
    }

    /// Judges these records, each late by `late(offset)` milliseconds.
    pub(crate) fn judge_late(
        &self,
        positions: &[NewPosition],
        late: impl Fn(usize) -> Millis,
    ) -> (Vec<DeliveryReport>, Summary) {
        let mut audit = Audit::new(self.facts().select(&Scope::default()), self.ranges());
        for (offset, position) in positions.iter().enumerate() {
            let value = delivery_messages::encode(position).unwrap();
            audit.record(&PositionRecord {
                partition: 2,
                offset: i64::try_from(offset).unwrap(),
                appended: Some(position.at + late(offset)),
                key: ID.as_bytes(),
                value: &value,
            });
        }
        audit.finish()
    }

    pub(crate) fn ranges(&self) -> BTreeMap<i32, PartitionRange> {
        BTreeMap::from([(2, PartitionRange { begin: 0, end: 100_000, complete_since: self.complete_since })])
    }

    /// Judges these records, each 20 ms late.
    #[track_caller]
    pub(crate) fn judge(&self, positions: &[NewPosition]) -> DeliveryReport {
        let (mut reports, _) = self.judge_late(positions, |_| 20);
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports.remove(0)
    }
}

/// When a position is due if the delivery was never suspended.
pub(crate) fn due(seq: u64) -> Millis {
    START + Millis::try_from(seq).unwrap() * Millis::from(INTERVAL)
}

/// Whether a report has this verdict and these counts.
pub(crate) fn is(
    report: &DeliveryReport,
    verdict: Verdict,
    gaps: u64,
    repeats: u64,
    reordered: u64,
    wrong: u64,
) -> bool {
    (report.verdict, report.gaps, report.repeats, report.reordered, report.wrong)
        == (verdict, gaps, repeats, reordered, wrong)
}

/// Any scenario.
pub(crate) fn scenario() -> Scenario {
    Scenario::new(20, Motion::ConstantSpeed { speed_kmh: 40 })
}
