//! Decides what is to be done for one Delivery, from what was observed of it.
//!
//! Pure: no client, no clock but the given time. Observing is left to [`crate::observe`], doing to [`crate::act`], and
//! saying so to [`crate::status`].
//!
//! An attempt is recorded in the status before its pod is created, on the condition that nobody has changed the object since it
//! was looked at. So each attempt is one process's, which creates its pod once; whoever cannot know whether that has
//! happened waits until it must have, and makes the next attempt.

use crate::view::{Facts, PodPhase, PodView, RouteView, World};
use delivery_api::status::{COMPLETE, FAILED, RUNNING};
use delivery_messages::{PlanPhase, StatePhase};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long after its grace a pod of a disrupted node is given up: its kubelet will not end it any more.
const GIVE_UP_DISRUPTED: SignedDuration = SignedDuration::from_secs(10);
/// How long after its grace any pod is given up.
const GIVE_UP: SignedDuration = SignedDuration::from_secs(60);
/// How long a pod that was to be created may take to be there: longer than any request is under way.
const UNCONFIRMED: SignedDuration = SignedDuration::from_secs(10);
/// When to look again after a pod was deleted that should not be there.
const STRAY: Duration = Duration::from_secs(1);
/// How long a new delivery waits for the log before it is told so.
const LOG_PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// The wait after the first failed pod; doubled with each attempt.
const RETRY: i64 = 10;
/// The longest wait after a failed pod.
const LONGEST_RETRY: i64 = 300;

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Its object is being deleted: nothing is done, and nothing is said of it any more.
    Leaving,
    /// Nothing is known that would be better than what was last said of it.
    Undecided,
    /// It waits for something that is told in a sentence.
    Waiting {
        /// A stable name.
        reason: &'static str,
        /// A whole sentence.
        message: String,
    },
    /// Its pod is there, or on its way.
    Driving,
    /// It stands until it is resumed.
    Suspended,
    /// It is at the end of its route.
    Finished,
    /// It cannot go on.
    Failed {
        /// A whole sentence.
        message: String,
    },
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write down when it was resumed, before anything is done with it.
    RecordResume,
    /// Make sure that the log holds this plan, and the route that it names.
    Publish(PlanPhase),
    /// Write down that this attempt is made, and that it is ours to make.
    RecordAttempt,
    /// Create the pod of an attempt.
    Start(u32),
    /// Delete a pod and its ConfigMap.
    DeletePod {
        /// Its name.
        name: String,
        /// Its uid: never another pod of that name.
        uid: String,
    },
    /// Delete the Delivery: its time after the end is over.
    DeleteDelivery,
}

/// What is to be done, and what is true then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Where the delivery stands.
    pub course: Course,
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// What is fixed, after the steps.
    pub facts: Facts,
    /// When to look again even if nothing is heard.
    pub again: Option<Duration>,
}

/// Decides.
#[must_use]
pub fn plan(world: &World<'_>) -> Intent {
    let facts = Facts::known(world.delivery, world.pods);
    let intent = |course, steps, facts, again| Intent { course, steps, facts, again };
    if world.delivery.metadata.deletion_timestamp.is_some() {
        return intent(Course::Leaving, Vec::new(), facts, None);
    }
    if let Some(course) = end(world) {
        return after_the_end(world, course, facts);
    }
    if !world.log_read {
        return without_log(world, facts);
    }
    let mut facts = facts;
    if let Some(waiting) = fix_route(world, &mut facts) {
        return intent(waiting, Vec::new(), facts, None);
    }
    if world.delivery.spec.suspend {
        let mut steps = vec![Step::Publish(PlanPhase::Suspended)];
        steps.extend(world.pods.iter().filter(|pod| !pod.is_terminating()).map(delete));
        return intent(Course::Suspended, steps, facts, None);
    }
    let mut steps = Vec::new();
    if world.is_recorded(RUNNING, "Suspended") {
        facts.resumed_at = Some(world.now);
        steps.push(Step::RecordResume);
    }
    drive(world, facts, steps)
}

/// The end of a delivery, if it has come: what was once said stays, else what the log or a succeeded pod says.
fn end(world: &World<'_>) -> Option<Course> {
    if world.is_true(COMPLETE) {
        return Some(Course::Finished);
    }
    if let Some(condition) = world.condition(FAILED).filter(|condition| condition.status == "True") {
        return Some(Course::Failed { message: condition.message.clone() });
    }
    match world.state.map(|state| state.phase) {
        Some(StatePhase::Finished) => return Some(Course::Finished),
        Some(StatePhase::Failed) => {
            let reason = world.state.and_then(|state| state.reason.as_deref()).unwrap_or("no reason was given");
            return Some(Course::Failed { message: format!("The simulator gave it up: {reason}.") });
        }
        Some(StatePhase::Running) | None => {}
    }
    world.pods.iter().any(|pod| pod.phase == PodPhase::Succeeded).then_some(Course::Finished)
}

fn after_the_end(world: &World<'_>, course: Course, facts: Facts) -> Intent {
    let mut steps = Vec::new();
    if matches!(course, Course::Failed { .. }) {
        steps.extend(world.pods.iter().filter(|pod| !pod.is_terminating() && !pod.has_ended()).map(delete));
    }
    let mut again = None;
    if let Some(ttl) = world.delivery.spec.ttl_seconds_after_finished {
        let finished = world.finished_at().unwrap_or(world.now);
        let due = finished.saturating_add(SignedDuration::from_secs(i64::from(ttl))).unwrap_or(Timestamp::MAX);
        if due <= world.now {
            steps.push(Step::DeleteDelivery);
        } else {
            again = Some(until(due, world.now));
        }
    }
    Intent { course, steps, facts, again }
}

/// An operator that has just started knows soon; one whose Kafka is away says so to who would wait in vain.
fn without_log(world: &World<'_>, facts: Facts) -> Intent {
    let created = world.delivery.metadata.creation_timestamp.as_ref().map_or(world.now, |time| time.0);
    let due = created.saturating_add(LOG_PATIENCE).unwrap_or(Timestamp::MAX);
    let (course, again) = if world.delivery.status.is_some() {
        (Course::Undecided, None)
    } else if due > world.now {
        (Course::Undecided, Some(until(due, world.now)))
    } else {
        let message = "The operator has not read the state of the deliveries from Kafka yet.".to_owned();
        (Course::Waiting { reason: "KafkaUnavailable", message }, None)
    };
    Intent { course, steps: Vec::new(), facts, again }
}

/// Fixes the route's revision of a delivery that has none yet; else tells what is missing.
fn fix_route(world: &World<'_>, facts: &mut Facts) -> Option<Course> {
    let waiting = |reason, message| Some(Course::Waiting { reason, message });
    match world.route {
        RouteView::NotAsked => None,
        RouteView::Ready(route) => {
            facts.route.get_or_insert_with(|| route.key());
            None
        }
        RouteView::Missing { name } => waiting(
            "RouteNotFound",
            format!("The DeliveryRoute {name} does not exist in this namespace; it is waited for."),
        ),
        RouteView::NotReady { name, message } => {
            waiting("RouteNotReady", format!("The DeliveryRoute {name} cannot be driven: {message}"))
        }
        RouteView::Gone { key } => waiting(
            "RouteRevisionGone",
            format!(
                "The revision {key} that it started with is neither in the cluster nor in Kafka; create another Delivery."
            ),
        ),
    }
}

/// A delivery that is to be under way.
fn drive(world: &World<'_>, mut facts: Facts, mut steps: Vec<Step>) -> Intent {
    let newest = world.pods.iter().max_by_key(|pod| pod.attempt);
    let older = world.pods.iter().filter(|pod| newest.is_some_and(|newest| newest.uid != pod.uid));
    steps.push(Step::Publish(PlanPhase::Accepted));
    steps.extend(older.filter(|pod| !pod.is_terminating()).map(delete));
    let wait = match newest {
        None => None,
        Some(pod) if pod.is_terminating() => still_ending(pod, world.now),
        // A later attempt was recorded: two processes have decided at once. Only the recorded one counts.
        Some(pod) if pod.attempt < facts.attempt => {
            steps.push(delete(pod));
            let message = format!("The pod {} is of an attempt that was given up; the next follows.", pod.name);
            Some(("PodTerminating", message, STRAY))
        }
        Some(pod) if pod.phase == PodPhase::Failed => {
            let due = after_failure(pod, world.now);
            if due <= world.now {
                steps.push(delete(pod));
                None
            } else {
                let message = format!("The pod {} failed{}; the next attempt follows.", pod.name, pod.trouble_text());
                Some(("PodFailed", message, until(due, world.now)))
            }
        }
        Some(_) => return Intent { course: Course::Driving, steps, facts, again: None },
    };
    if let Some((reason, message, again)) = being_created(world, &facts).or(wait) {
        return Intent { course: Course::Waiting { reason, message }, steps, facts, again: Some(again) };
    }
    facts.start_next();
    steps.extend([Step::RecordAttempt, Step::Start(facts.attempt)]);
    Intent { course: Course::Driving, steps, facts, again: None }
}

/// What is waited for while a pod may be on its way that another process, or a request without an answer, was to create.
fn being_created(world: &World<'_>, facts: &Facts) -> Option<(&'static str, String, Duration)> {
    let given_up = world.unconfirmed_since?.saturating_add(UNCONFIRMED).unwrap_or(Timestamp::MAX);
    (given_up > world.now).then(|| {
        let message = format!("The pod {} is being created.", facts.current_pod(world.delivery));
        ("PodPending", message, until(given_up, world.now))
    })
}

/// What is waited for while a pod ends; `None` when it is waited for no longer.
fn still_ending(pod: &PodView, now: Timestamp) -> Option<(&'static str, String, Duration)> {
    let patience = if pod.disrupted { GIVE_UP_DISRUPTED } else { GIVE_UP };
    let given_up = pod.ends_by?.saturating_add(patience).unwrap_or(Timestamp::MAX);
    (given_up > now).then(|| {
        let message = format!("The pod {} is ending; the next attempt follows.", pod.name);
        ("PodTerminating", message, until(given_up, now))
    })
}

fn after_failure(pod: &PodView, now: Timestamp) -> Timestamp {
    let wait = 2_i64.saturating_pow(pod.attempt.saturating_sub(1)).saturating_mul(RETRY).min(LONGEST_RETRY);
    pod.ended_at.unwrap_or(now).saturating_add(SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX)
}

fn delete(pod: &PodView) -> Step {
    Step::DeletePod { name: pod.name.clone(), uid: pod.uid.clone() }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default() + Duration::from_millis(50)
}
