//! The attempts of a Delivery as a model: two operators with stale caches that are killed, replaced and answered late or not at all,
//! and a world in which pods fail, end and vanish. No attempt is made twice, and there are never two pods that are not being
//! deleted; when all is quiet there is one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use delivery_api::{Delivery, DeliveryStatus};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::base::reason::Reason;
use crate::base::subject::Subject;
use crate::deliveries::observing::observed::{Facts, Observed, RouteView};
use crate::deliveries::observing::pods::{PodPhase, PodView};
use crate::deliveries::observing::unconfirmed::Unconfirmed;
use crate::deliveries::plan::{DeliveryState, Plan, Step, plan};
use crate::deliveries::reporting::status::status;
use crate::testing;
use crate::testing::{PENDING, RUNNING, pod_name, pod_object};

/// Milliseconds since the Delivery was created.
type Time = u64;

/// How long the world is unruly, and how long it is quiet then.
const UNRULY: Time = 300_000;
const QUIET: Time = 600_000;
const GRACE: Time = 15_000;

/// How unruly.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// Whether one operator leads at a time, as by the Lease: only it sends requests. Else both do, all the time.
    one_leads: bool,
    /// How long a request may be under way after it was sent.
    under_way: Time,
}

/// A change that an operator asks the API server for.
#[derive(Clone, Debug)]
enum Request {
    Status { version: u64, status: Box<DeliveryStatus> },
    Create(u32),
    Delete(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Done(u64),
    Conflict,
    Refused,
    Unknown,
}

#[derive(Clone, Debug)]
enum Event {
    /// An operator looks at the Delivery.
    Look {
        operator: usize,
        life: u32,
    },
    /// The watch brings an operator the Delivery as it is.
    Watch {
        operator: usize,
    },
    Serve {
        operator: usize,
        number: u64,
        request: Request,
        lost: bool,
        back: Time,
    },
    Answer {
        operator: usize,
        number: u64,
        answer: Answer,
    },
    /// The other one leads from now on, or comes back.
    Replace {
        operator: usize,
    },
    /// Something happens to the pods, or to the Delivery.
    Weather,
    /// A pod is gone at last.
    Gone {
        uid: String,
    },
}

/// A reconciliation under way.
struct Run {
    delivery: Delivery,
    pods: Vec<PodView>,
    unconfirmed_since: Option<Timestamp>,
    now: Timestamp,
    plan: Plan,
    steps: VecDeque<Step>,
    /// What was asked for last; none when the status is the last thing to be written.
    asked: Option<Step>,
    /// The status that was asked for last.
    written: Option<DeliveryStatus>,
    /// The number of the request that is waited for.
    number: u64,
    /// The version of the Delivery that was looked at, or that was written since.
    version: u64,
}

struct Operator {
    life: u32,
    leads: bool,
    cache: Delivery,
    unconfirmed: Unconfirmed,
    run: Option<Run>,
}

struct Cluster {
    rules: Rules,
    now: Time,
    delivery: Delivery,
    version: u64,
    pods: Vec<PodView>,
    created: BTreeMap<u32, u32>,
    operators: [Operator; 2],
    events: BinaryHeap<Reverse<(Time, u64)>>,
    queue: BTreeMap<u64, Event>,
    count: u64,
    random: TestRng,
    route: RouteView,
}

fn versioned(mut delivery: Delivery, version: u64) -> Delivery {
    delivery.metadata.resource_version = Some(version.to_string());
    delivery
}

fn version(delivery: &Delivery) -> u64 {
    delivery.metadata.resource_version.as_ref().unwrap().parse().unwrap()
}

impl Cluster {
    fn new(rules: Rules, random: TestRng) -> Self {
        let delivery = versioned(testing::delivery(""), 1);
        let operator = |leads| Operator {
            life: 0,
            leads: leads || !rules.one_leads,
            cache: delivery.clone(),
            unconfirmed: Unconfirmed::default(),
            run: None,
        };
        let operators = [operator(true), operator(false)];
        let mut cluster = Self {
            rules,
            now: 0,
            delivery,
            version: 1,
            pods: Vec::new(),
            created: BTreeMap::new(),
            operators,
            events: BinaryHeap::new(),
            queue: BTreeMap::new(),
            count: 0,
            random,
            route: testing::route(),
        };
        for operator in 0..2 {
            cluster.at(0, Event::Look { operator, life: 0 });
            cluster.at(0, Event::Watch { operator });
        }
        let mut time = 0;
        while time < UNRULY {
            time += cluster.below(12_000);
            let operator = usize::try_from(cluster.below(2)).unwrap();
            let event = if cluster.below(4) == 0 { Event::Replace { operator } } else { Event::Weather };
            cluster.at(time, event);
        }
        cluster
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random.next_u64() % limit
    }

    fn at(&mut self, time: Time, event: Event) {
        self.count += 1;
        self.events.push(Reverse((time, self.count)));
        self.queue.insert(self.count, event);
    }

    fn time(&self) -> Timestamp {
        testing::at("2026-11-22T10:00:00Z") + SignedDuration::from_millis(i64::try_from(self.now).unwrap())
    }

    /// The pods that are not being deleted.
    fn lasting(&self) -> Vec<u32> {
        self.pods.iter().filter(|pod| !pod.is_terminating()).map(|pod| pod.attempt).collect()
    }

    fn run(&mut self) {
        while let Some(Reverse((time, number))) = self.events.pop() {
            if time > UNRULY + QUIET {
                break;
            }
            self.now = time;
            let event = self.queue.remove(&number).unwrap();
            let event_text = format!("{event:?}");
            self.happen(event);
            assert!(self.created.values().all(|times| *times == 1), "after {event_text} at {time}: {:?}", self.created);
            if self.rules.one_leads {
                assert!(self.lasting().len() <= 1, "after {event_text} at {time}: {:?}", self.pods);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Look { operator, life } if self.operators[operator].life == life => self.look(operator),
            Event::Watch { operator } => {
                let fresh = self.delivery.clone();
                let cache = &mut self.operators[operator].cache;
                if version(cache) < version(&fresh) {
                    *cache = fresh;
                }
                let lag = self.below(if self.now < UNRULY { 20_000 } else { 5_000 });
                self.at(self.now + 1 + lag, Event::Watch { operator });
            }
            Event::Serve { operator, number, request, lost, back } => {
                let answer = self.serve(&request);
                let answer = if lost { Answer::Unknown } else { answer };
                self.at(self.now + back, Event::Answer { operator, number, answer });
            }
            Event::Answer { operator, number, answer } => {
                if self.operators[operator].run.as_ref().is_some_and(|run| run.number == number) {
                    self.answer(operator, &answer);
                }
            }
            Event::Replace { operator } => self.replace(operator),
            Event::Weather if self.now < UNRULY => self.weather(),
            Event::Gone { uid } => self.pods.retain(|pod| pod.uid != uid || !pod.is_terminating()),
            Event::Look { .. } | Event::Weather => {}
        }
    }

    /// An operator is killed and started again; by the Lease, the other one leads four seconds later at the earliest.
    fn replace(&mut self, operator: usize) {
        let one = &mut self.operators[operator];
        one.life += 1;
        one.run = None;
        one.unconfirmed = Unconfirmed::default();
        if self.rules.one_leads {
            if !one.leads {
                return;
            }
            one.leads = false;
            let other = 1 - operator;
            self.operators[other].leads = true;
            self.operators[other].life += 1;
            let life = self.operators[other].life;
            let later = 4_000 + self.below(6_000);
            self.at(self.now + later, Event::Look { operator: other, life });
        } else {
            let life = one.life;
            let later = self.below(3_000);
            self.at(self.now + later, Event::Look { operator, life });
        }
    }

    fn weather(&mut self) {
        let (what, pick) = (self.below(8), self.below(8));
        if what == 0 {
            self.version += 1;
            self.delivery.spec.suspend = !self.delivery.spec.suspend;
            self.delivery.metadata.generation = self.delivery.metadata.generation.map(|generation| generation + 1);
            self.delivery = versioned(self.delivery.clone(), self.version);
            return;
        }
        let (now, number) = (self.time(), self.pods.len());
        let Some(pod) = self.pods.get_mut(usize::try_from(pick).unwrap() % number.max(1)) else { return };
        match what {
            1 if !pod.is_terminating() => {
                pod.phase = PodPhase::Failed;
                pod.ended_at = Some(now);
            }
            2 => {
                let uid = pod.uid.clone();
                self.pods.retain(|pod| pod.uid != uid);
            }
            3 => {
                let uid = pod.uid.clone();
                self.delete(&uid);
            }
            _ if pod.phase == PodPhase::Waiting => pod.phase = PodPhase::Running,
            _ => {}
        }
    }

    fn delete(&mut self, uid: &str) {
        let ends_by = self.time() + SignedDuration::from_millis(i64::try_from(GRACE).unwrap());
        let lost_node = self.below(5) == 0;
        let Some(pod) = self.pods.iter_mut().find(|pod| pod.uid == uid && !pod.is_terminating()) else { return };
        pod.ends_by = Some(ends_by);
        pod.disrupted = lost_node;
        if !lost_node {
            let later = self.below(GRACE);
            self.at(self.now + later, Event::Gone { uid: uid.to_owned() });
        }
    }

    /// Begins a reconciliation: the cached object, and the pods as they are now.
    fn look(&mut self, operator: usize) {
        let now = self.time();
        let one = &mut self.operators[operator];
        if !one.leads || one.run.is_some() {
            return;
        }
        let (delivery, pods) = (one.cache.clone(), self.pods.clone());
        let facts = Facts::known(&Subject::of(&delivery).unwrap(), &pods);
        let unconfirmed_since = one.unconfirmed.note("uid", facts.unconfirmed(), now);
        let mut run = Run {
            delivery,
            pods,
            unconfirmed_since,
            now,
            plan: Plan { state: DeliveryState::Undecided, steps: Vec::new(), facts, requeue_after: None },
            steps: VecDeque::new(),
            asked: None,
            written: None,
            number: 0,
            version: version(&one.cache),
        };
        run.plan = plan(&run.observed(&self.route));
        run.steps = run.plan.steps.clone().into();
        one.run = Some(run);
        self.proceed(operator);
    }

    /// The next step of a reconciliation, or its end.
    fn proceed(&mut self, operator: usize) {
        let Some(mut run) = self.operators[operator].run.take() else { return };
        let version = run.version;
        let status = status(&run.observed(&self.route), &run.plan);
        while let Some(step) = run.steps.pop_front() {
            let request = match &step {
                Step::Publish(_) | Step::DeleteDelivery | Step::EndSuspended => continue,
                Step::RecordResume => {
                    let mut resumed = run.delivery.status.clone().unwrap_or_default();
                    resumed.resumed_at.clone_from(&status.resumed_at);
                    resumed.conditions.iter_mut().for_each(|condition| "Resumed".clone_into(&mut condition.reason));
                    Request::Status { version, status: Box::new(resumed) }
                }
                Step::RecordAttempt => Request::Status { version, status: Box::new(status.clone()) },
                Step::CreatePod(attempt) => Request::Create(*attempt),
                Step::DeletePod { uid, .. } => Request::Delete(uid.clone()),
            };
            run.asked = Some(step);
            return self.send(operator, run, request);
        }
        let recorded = run.plan.steps.contains(&Step::RecordAttempt);
        if !recorded && run.delivery.status.as_ref() != Some(&status) {
            run.asked = None;
            return self.send(operator, run, Request::Status { version, status: Box::new(status) });
        }
        self.requeue(operator, 2_000);
    }

    fn send(&mut self, operator: usize, mut run: Run, request: Request) {
        if !self.operators[operator].leads {
            return;
        }
        self.count += 1;
        let number = self.count;
        run.number = number;
        if let Request::Status { status, .. } = &request {
            run.written = Some((**status).clone());
        }
        self.operators[operator].run = Some(run);
        let unruly = self.now < UNRULY;
        let long = unruly && self.below(6) == 0;
        let there = self.below(if long { self.rules.under_way } else { 200 });
        let (lost, back) = (unruly && self.below(12) == 0, self.below(if unruly { 3_000 } else { 100 }));
        self.at(self.now + there, Event::Serve { operator, number, request, lost, back });
        if there > 3_000 {
            // Nobody waits for so long.
            self.at(self.now + 3_000, Event::Answer { operator, number, answer: Answer::Unknown });
        }
    }

    fn serve(&mut self, request: &Request) -> Answer {
        if self.now < UNRULY && self.below(12) == 0 {
            return Answer::Refused;
        }
        match request {
            Request::Status { version, status } => {
                if *version != self.version {
                    return Answer::Conflict;
                }
                self.version += 1;
                self.delivery.status = Some((**status).clone());
                self.delivery = versioned(self.delivery.clone(), self.version);
            }
            Request::Create(attempt) => {
                if self.pods.iter().all(|pod| pod.attempt != *attempt) {
                    *self.created.entry(*attempt).or_default() += 1;
                    let mut pod = PodView::of(&pod_object(*attempt, PENDING), false);
                    assert_eq!(pod.name, pod_name(*attempt));
                    self.count += 1;
                    pod.uid = format!("pod-{attempt}-{}", self.count);
                    self.pods.push(pod);
                }
            }
            Request::Delete(uid) => self.delete(&uid.clone()),
        }
        Answer::Done(self.version)
    }

    fn answer(&mut self, operator: usize, answer: &Answer) {
        let Some(mut run) = self.operators[operator].run.take() else { return };
        let asked = run.asked.clone();
        let written = run.written.take();
        let recorded = written.is_some();
        match answer {
            Answer::Done(version) => {
                if let Some(written) = written {
                    // What was written is known before the watch brings it.
                    run.version = *version;
                    if self::version(&self.operators[operator].cache) < *version {
                        let mut known = versioned(run.delivery.clone(), *version);
                        known.status = Some(written);
                        self.operators[operator].cache = known;
                    }
                    if asked.is_none() {
                        return self.requeue(operator, 2_000);
                    }
                }
                self.operators[operator].run = Some(run);
                self.proceed(operator);
            }
            Answer::Conflict => self.requeue(operator, 500),
            Answer::Refused | Answer::Unknown if asked.is_none() || recorded => self.requeue(operator, 1_000),
            Answer::Refused | Answer::Unknown => {
                // As it is reported after a failure: what may have been done counts as done, what was refused does not.
                let unknown = *answer == Answer::Unknown && matches!(asked, Some(Step::CreatePod(_)));
                let facts = if unknown { run.plan.facts.clone() } else { run.observed(&self.route).facts };
                let facts = Facts { attempt: facts.attempt, pod_name: facts.pod_name, ..run.plan.facts.clone() };
                let state = DeliveryState::Waiting { reason: Reason::ApiError, message: "It failed.".to_owned() };
                run.plan = Plan { state, steps: Vec::new(), facts, requeue_after: None };
                run.steps.clear();
                run.asked = None;
                let version = run.version;
                let status = status(&run.observed(&self.route), &run.plan);
                self.send(operator, run, Request::Status { version, status: Box::new(status) });
            }
        }
    }

    fn requeue(&mut self, operator: usize, wait: Time) {
        self.operators[operator].run = None;
        let life = self.operators[operator].life;
        self.at(self.now + wait, Event::Look { operator, life });
    }
}

impl Run {
    fn observed(&self, route: &RouteView) -> Observed {
        let subject = Subject::of(&self.delivery).unwrap();
        Observed {
            facts: Facts::known(&subject, &self.pods),
            subject,
            pods: self.pods.clone(),
            state: None,
            route: route.clone(),
            unconfirmed_since: self.unconfirmed_since,
            silent_since: None,
            ending_since: None,
            suspension: None,
            log_read: true,
            unread: None,
            now: self.now,
            steady: self.now,
            agreed: Some(self.now),
        }
    }
}

fn model(rules: Rules, seed: &[u8; 32]) -> Cluster {
    let mut cluster = Cluster::new(rules, TestRng::from_seed(RngAlgorithm::ChaCha, seed));
    cluster.run();
    cluster
}

fn settled(cluster: &Cluster) {
    let lasting = cluster.lasting();
    let expected = usize::from(!cluster.delivery.spec.suspend);
    assert_eq!(lasting.len(), expected, "when all is quiet: {:?}", cluster.pods);
    if let Some(attempt) = lasting.first() {
        let status = cluster.delivery.status.as_ref().unwrap();
        assert_eq!((status.attempt, status.pod_name.clone()), (Some(*attempt), Some(pod_name(*attempt))));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// By the Lease one leads at a time; what the one before has sent may be under way for almost ten seconds.
    #[test]
    fn no_attempt_is_made_twice_and_no_second_pod_is_there(seed in any::<[u8; 32]>()) {
        settled(&model(Rules { one_leads: true, under_way: 9_900 }, &seed));
    }

    /// Two decide at once, for whatever reason, and requests are in flight for a minute: there may be a second pod for a moment, but
    /// never the same attempt again, and in the end one pod.
    #[test]
    fn even_two_leaders_never_make_one_attempt_twice(seed in any::<[u8; 32]>()) {
        settled(&model(Rules { one_leads: false, under_way: 60_000 }, &seed));
    }
}

#[test]
fn a_pod_of_the_fixtures_is_what_the_model_takes_it_for() {
    assert_eq!(testing::pod(1, RUNNING).phase, PodPhase::Running);
    assert_eq!(testing::pod(1, PENDING).phase, PodPhase::Waiting);
}
