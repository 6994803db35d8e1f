//! Start requests as a model: an operator that is killed at any moment, records that are delivered again and again, a plan that is
//! not written yet, a Delivery that is removed. Each request makes one Delivery.

use std::collections::{BTreeMap, HashSet};

use delivery_messages::{Plan, PlanPhase};
use proptest::prelude::*;

use super::*;
use crate::base::subject::Subject;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::deliveries::observing::observed::Facts;
use crate::tables::ended_plans::Installation;
use crate::tables::plan_entry::RecordMeta;
use crate::tables::plans::Plans;

/// Requests are kept for so long, and plans of ended deliveries.
const RETENTION: Retention = Retention { requests: Some(1_000), ended: Some(200), requested: Some(1_000) };

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A record is delivered, and served up to this many of its parts: creating, writing the plan, committing.
    Serve { record: usize, parts: u8 },
    /// The operator is killed; the next one reads the log.
    Kill,
    /// A Delivery that has a plan comes to its end and is removed by its time to live.
    Remove { delivery: usize },
    /// Time passes, and what has expired is removed.
    Pass(Millis),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..6_usize, 0..4_u8).prop_map(|(record, parts)| Step::Serve { record, parts }),
        1 => Just(Step::Kill),
        2 => (0..6_usize).prop_map(|delivery| Step::Remove { delivery }),
        2 => (0..700_i64).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..80)
}

/// What survives: the objects and the log. The table is the operator's own.
#[derive(Default)]
struct Model {
    now: Millis,
    objects: BTreeMap<String, Delivery>,
    log: Vec<(String, Option<Plan>, Millis)>,
    table: Plans,
    /// The uids of all Deliveries that were ever made of each request.
    made: BTreeMap<String, Vec<String>>,
    ended: BTreeMap<String, Millis>,
}

impl Model {
    fn write(&mut self, key: &str, plan: Option<Plan>) {
        self.log.push((key.to_owned(), plan.clone(), self.now));
        match plan {
            Some(plan) => {
                self.table.written(&plan);
                self.table.apply(plan, RecordMeta { at: self.now, trace: None });
            }
            None => drop(self.table.remove(key)),
        }
    }

    fn restart(&mut self) {
        self.table = Plans::default();
        for (key, plan, at) in &self.log {
            match plan {
                Some(plan) => drop(self.table.apply(plan.clone(), RecordMeta { at: *at, trace: None })),
                None => drop(self.table.remove(key)),
            }
        }
    }

    /// As [`crate::requests::start::Starter::serve`] does it, cut off after some parts.
    fn serve(&mut self, request: &Request, sent: Millis, parts: u8) {
        if self.table.has_request(&request.identity) || fresh(request, sent, RETENTION.requests, self.now).is_err() {
            return;
        }
        for turn in 0..3 {
            let mut wanted = delivery(request, "primeiro", turn, "shop", Some(0));
            match Found::of(self.objects.get(&wanted.name_any()).cloned(), &request.identity) {
                Found::Another => {}
                Found::Ours(found) => return self.accept(&found, parts),
                Found::Nothing if parts == 0 => return,
                Found::Nothing => {
                    let all = self.made.entry(request.identity.clone()).or_default();
                    let uid = format!("{}-{}", request.identity, all.len());
                    all.push(uid.clone());
                    wanted.metadata.uid = Some(uid);
                    self.objects.insert(wanted.name_any(), wanted.clone());
                    return self.accept(&wanted, parts);
                }
            }
        }
    }

    fn accept(&mut self, delivery: &Delivery, parts: u8) {
        if parts < 2 || self.table.knows(&delivery.uid().unwrap()) {
            return;
        }
        let route = RouteOfPlan { id: "1", key: "shop/primeiro@a" };
        let plan =
            record::plan(&Subject::of(delivery).unwrap(), PlanPhase::Accepted, route, &Facts::default(), "shop/x");
        if let Some(plan) = self.table.begin(&plan, "trace") {
            self.write(&plan.delivery_id.clone(), Some(plan));
        }
    }

    fn expire(&mut self) {
        let ours = Installation { source: "shop/x".to_owned(), namespaces: vec!["shop".to_owned()] };
        let exists: HashSet<String> = self.objects.values().filter_map(ResourceExt::uid).collect();
        let ended = self.ended.clone();
        let orphans = self.table.orphans(&ours, &exists, |id| ended.get(id).copied());
        assert!(orphans.is_empty(), "all that are gone have ended");
        for id in self.table.expired(&ours, &RETENTION, self.now, 100) {
            self.write(&id, None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_request_makes_one_delivery_however_often_it_is_delivered_and_whenever_the_operator_is_killed(steps in steps()) {
        let mut model = Model::default();
        // Two records of the first request, two with one meaning and no id, and two more.
        let values: [&[u8]; 6] = [
            br#"{"routeId":"1","requestId":"a"}"#, br#"{"routeId":"1","requestId":"a"}"#,
            br#"{"routeId":"1","clientId":"c"}"#, br#"{"routeId":"1","clientId":"c"}"#,
            br#"{"routeId":"1","requestId":"b"}"#, br#"{"routeId":"1","requestId":"d"}"#,
        ];
        let requests = values.iter().enumerate().map(|(number, value)| {
            read(&Origin { record: format!("route.new-direction/0/{number}"), ..Origin::default() }, Some(value)).unwrap()
        });
        let requests: Vec<Request> = requests.collect();
        let mut served = HashSet::new();
        for step in steps {
            match step {
                Step::Serve { record, parts } => {
                    model.serve(&requests[record], 0, parts);
                    if parts == 3 && model.now < 1_000 {
                        served.insert(requests[record].identity.clone());
                    }
                    if parts < 3 {
                        model.restart();
                    }
                }
                Step::Kill => model.restart(),
                Step::Remove { delivery } => {
                    // It ends only after its plan was written, for its pod starts after that.
                    let planned = model.objects.iter().filter(|(_, one)| model.table.knows(&one.uid().unwrap()));
                    let found = planned.map(|(name, one)| (name.clone(), one.uid().unwrap())).nth(delivery);
                    if let Some((name, uid)) = found {
                        model.objects.remove(&name);
                        model.ended.insert(uid, model.now);
                    }
                }
                Step::Pass(time) => {
                    model.now += time;
                    model.expire();
                }
            }
            for (request, made) in &model.made {
                prop_assert!(made.len() == 1, "{} has made {:?}", request, made);
            }
        }
        for request in served {
            prop_assert!(model.made.contains_key(&request), "{} was served", request);
        }
    }
}
