//! What `delivery.plan` holds: the newest plan of each delivery, and which of them must be cancelled.
//!
//! Pure. This process is the topic's one writer, so the table is read from the topic once and then kept by what is written.
//! A version is never written after a greater one, since compaction keeps what was written last.

use delivery_messages::{Plan, PlanPhase};
use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// The newest plans, by delivery id.
#[derive(Debug, Default)]
pub struct Plans(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<String, Entry>,
    /// Hashes of the ids of the requests that have become plans.
    requests: HashSet<u64>,
}

#[derive(Debug)]
enum Entry {
    /// It may change yet.
    Open {
        plan: Box<Plan>,
        /// Whether Kafka is known to hold it.
        held: bool,
    },
    /// Nothing follows.
    Closed,
}

impl Plans {
    /// Takes what the topic holds.
    pub fn read(&self, plan: Plan) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.requests.extend(plan.request_id.as_deref().map(hash));
        let newer = match inner.entries.get(&plan.delivery_id) {
            None => true,
            Some(Entry::Open { plan: old, .. }) => plan.version >= old.version,
            Some(Entry::Closed) => false,
        };
        if newer {
            let entry = match plan.phase {
                PlanPhase::Cancelled => Entry::Closed,
                PlanPhase::Accepted | PlanPhase::Suspended => Entry::Open { plan: Box::new(plan.clone()), held: true },
            };
            inner.entries.insert(plan.delivery_id, entry);
        }
    }

    /// Forgets a delivery whose record was removed from the topic.
    pub fn removed(&self, delivery_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entries.remove(delivery_id);
    }

    /// Whether a plan must be written; if so, nothing older will be from now on.
    pub fn begin(&self, plan: &Plan) -> bool {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = match inner.entries.get(&plan.delivery_id) {
            None => true,
            Some(Entry::Closed) => false,
            Some(Entry::Open { plan: old, held }) => {
                plan.version > old.version || (plan.version == old.version && !(*held && **old == *plan))
            }
        };
        if wanted {
            let entry = Entry::Open { plan: Box::new(plan.clone()), held: false };
            inner.entries.insert(plan.delivery_id.clone(), entry);
        }
        wanted
    }

    /// Notes that Kafka holds a plan.
    pub fn written(&self, plan: &Plan) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.requests.extend(plan.request_id.as_deref().map(hash));
        if let Some(entry) = inner.entries.get_mut(&plan.delivery_id) {
            match entry {
                Entry::Open { plan: newest, held } if **newest == *plan => {
                    if plan.phase == PlanPhase::Cancelled {
                        *entry = Entry::Closed;
                    } else {
                        *held = true;
                    }
                }
                Entry::Open { .. } | Entry::Closed => {}
            }
        }
    }

    /// The newest plan of a delivery that may change yet.
    #[must_use]
    pub fn get(&self, delivery_id: &str) -> Option<Plan> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.entries.get(delivery_id)? {
            Entry::Open { plan, .. } => Some((**plan).clone()),
            Entry::Closed => None,
        }
    }

    /// The namespace and name of a delivery that may change yet.
    #[must_use]
    pub fn object(&self, delivery_id: &str) -> Option<(String, String)> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.entries.get(delivery_id)? {
            Entry::Open { plan, .. } => Some((plan.namespace.clone(), plan.name.clone())),
            Entry::Closed => None,
        }
    }

    /// Whether a request has become a plan before.
    #[must_use]
    pub fn has_request(&self, request_id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.contains(&hash(request_id))
    }

    /// The plans to cancel: ours, whose object is gone, and that are not at their end. Those that are at their end without
    /// an object are closed: nothing follows.
    pub fn orphans(
        &self,
        installation: &Installation<'_>,
        exists: &HashSet<String>,
        ended: impl Fn(&str) -> bool,
    ) -> Vec<Plan> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut orphans = Vec::new();
        for (id, entry) in &mut inner.entries {
            let Entry::Open { plan, .. } = entry else { continue };
            if !installation.owns(plan) || exists.contains(id) {
                continue;
            }
            if ended(id) {
                *entry = Entry::Closed;
            } else {
                orphans.push(cancelled(plan));
            }
        }
        orphans
    }
}

/// Whose plans are ours.
#[derive(Clone, Copy, Debug)]
pub struct Installation<'a> {
    /// The source that our plans name.
    pub source: &'a str,
    /// The namespaces that we watch: of others we cannot say that an object is gone.
    pub namespaces: &'a [String],
}

impl Installation<'_> {
    fn owns(&self, plan: &Plan) -> bool {
        plan.source == self.source && self.namespaces.contains(&plan.namespace)
    }
}

fn cancelled(plan: &Plan) -> Plan {
    Plan { phase: PlanPhase::Cancelled, version: plan.version | 1, ..plan.clone() }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use delivery_messages::Motion;

    /// A plan of the installation `shop/code-delivery`, of the first generation.
    pub(crate) fn example(id: &str) -> Plan {
        Plan {
            delivery_id: id.to_owned(),
            version: Plan::version_of(1, false),
            phase: PlanPhase::Accepted,
            name: format!("delivery-{id}"),
            namespace: "shop".to_owned(),
            source: "shop/code-delivery".to_owned(),
            request_id: Some(format!("request-{id}")),
            client_id: String::new(),
            route_id: "1".to_owned(),
            route: "shop/primeiro@0123456789ab".to_owned(),
            courier: String::new(),
            vehicle: String::new(),
            motion: Motion::PointPerTick,
            interval_milliseconds: 500,
            seed: 0,
            noise_meters: 0,
            model: delivery_messages::plan::MODEL,
            created_at: 0,
            resumed_at: None,
        }
    }

    const NAMESPACES: &[String] = &[];

    fn shop() -> Vec<String> {
        vec!["shop".to_owned()]
    }

    #[test]
    fn a_plan_that_kafka_holds_is_not_written_again() {
        let plans = Plans::default();
        let plan = example("a");
        assert!(plans.begin(&plan));
        assert!(plans.begin(&plan), "nobody knows yet whether Kafka has it");
        plans.written(&plan);
        assert!(!plans.begin(&plan));
        let suspended = Plan { version: 4, phase: PlanPhase::Suspended, ..plan.clone() };
        assert!(plans.begin(&suspended));
        assert!(!plans.begin(&plan), "an older one never follows");
    }

    #[test]
    fn what_the_topic_held_at_the_start_counts_as_held() {
        let plans = Plans::default();
        plans.read(example("a"));
        assert!(!plans.begin(&example("a")));
        assert!(plans.has_request("request-a") && !plans.has_request("request-b"));
        plans.read(Plan { version: 3, phase: PlanPhase::Cancelled, ..example("a") });
        assert!(!plans.begin(&Plan { version: 8, ..example("a") }), "a cancelled delivery does not come back");
    }

    #[test]
    fn a_plan_whose_object_is_gone_is_cancelled_once() {
        let plans = Plans::default();
        plans.read(example("a"));
        plans.read(example("b"));
        let namespaces = shop();
        let ours = Installation { source: "shop/code-delivery", namespaces: &namespaces };
        let exists = HashSet::from(["b".to_owned()]);
        let orphans = plans.orphans(&ours, &exists, |_| false);
        assert_eq!(orphans, [Plan { version: 3, phase: PlanPhase::Cancelled, ..example("a") }]);
        assert!(plans.begin(&orphans[0]));
        plans.written(&orphans[0]);
        assert_eq!(plans.orphans(&ours, &exists, |_| false), []);
        assert!(!plans.begin(&example("a")), "a late reconciliation does not bring it back");
    }

    #[test]
    fn finished_beats_cancelled() {
        let plans = Plans::default();
        plans.read(example("a"));
        let namespaces = shop();
        let ours = Installation { source: "shop/code-delivery", namespaces: &namespaces };
        assert_eq!(plans.orphans(&ours, &HashSet::new(), |id| id == "a"), []);
        assert_eq!(plans.get("a"), None, "nothing follows, so it is not kept");
    }

    #[test]
    fn plans_of_others_are_left_alone() {
        let plans = Plans::default();
        plans.read(example("a"));
        let namespaces = shop();
        let other_source = Installation { source: "shop/other", namespaces: &namespaces };
        assert_eq!(plans.orphans(&other_source, &HashSet::new(), |_| false), []);
        let other_namespaces = Installation { source: "shop/code-delivery", namespaces: NAMESPACES };
        assert_eq!(plans.orphans(&other_namespaces, &HashSet::new(), |_| false), []);
    }
}
