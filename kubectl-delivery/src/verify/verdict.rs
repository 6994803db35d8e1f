//! Judges one delivery: a fold of its records, in the order of its partition, into a report.
//!
//! Pure: no client, no clock. It believes nothing: what a record must be is computed anew from the plan and the route.
//! It keeps no list of positions: [`Sequence`] knows what came, [`Timeline`] when it was due. Which records are a
//! delivery's is left to [`super::audit`].

use super::comparison::LogSide;
use super::prints::Prints;
use super::report::{DeliveryReport, Fault, Verdict};
use super::sequence::{Arrival, Sequence};
use super::subject::Subject;
use super::timeline::Timeline;
use delivery_messages::{Millis, NewPosition, PlanPhase, StatePhase};
use std::fmt::Debug;

/// The most faults that are shown of a delivery.
const MAX_FAULTS: usize = 5;

/// A record of `route.new-position`.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// When the broker had it, if the topic's timestamps are the broker's.
    pub appended: Option<Millis>,
    /// Its key.
    pub key: &'a [u8],
    /// Its value.
    pub value: &'a [u8],
}

/// A delivery that is being judged.
#[derive(Debug)]
pub struct Judge {
    subject: Subject,
    sequence: Sequence,
    timeline: Timeline,
    partition: Option<i32>,
    begun: bool,
    /// Whether some position is right but written in other words than ours: by a release that knows more fields.
    foreign: bool,
    repeats: u64,
    reordered: u64,
    wrong: u64,
    caught_up: u64,
    finished: u64,
    late_max: Option<Millis>,
    faults: Vec<Fault>,
    /// What came, when it is to be held against an index.
    prints: Option<Prints>,
}

impl Judge {
    /// Begins to judge a delivery.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self {
            timeline: Timeline::new(subject.interval().unwrap_or_default()),
            partition: subject.state.as_ref().map(|state| state.partition),
            subject,
            sequence: Sequence::default(),
            begun: false,
            foreign: false,
            repeats: 0,
            reordered: 0,
            wrong: 0,
            caught_up: 0,
            finished: 0,
            late_max: None,
            faults: Vec::new(),
            prints: None,
        }
    }

    /// The same, remembering what came.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { prints: Some(Prints::default()), ..self }
    }

    /// Takes a record with its key that is no position.
    pub fn unreadable(&mut self, record: &Record<'_>, problem: &str) {
        self.wrong(record, None, "a position".to_owned(), problem.to_owned());
    }

    /// Takes a record of its own. The log holds all that was appended to its partition after `whole_since`.
    pub fn position(&mut self, record: &Record<'_>, position: &NewPosition, whole_since: Millis) {
        let seq = position.seq;
        if let Some(prints) = &mut self.prints {
            prints.add(position);
        }
        if record.key != self.subject.id.as_bytes() {
            let key = String::from_utf8_lossy(record.key).into_owned();
            return self.wrong(record, Some(seq), format!("the key {}", self.subject.id), format!("the key {key}"));
        }
        let partition = *self.partition.get_or_insert(record.partition);
        if partition != record.partition {
            let (expected, found) = (format!("partition {partition}"), format!("partition {}", record.partition));
            self.wrong(record, Some(seq), expected, found);
        }
        if let Ok(drive) = &self.subject.drive
            && seq > drive.last_seq()
        {
            let expected = format!("no seq after {}", drive.last_seq());
            return self.wrong(record, Some(seq), expected, format!("seq {seq}"));
        }
        if !self.begun {
            self.begun = true;
            self.sequence.begin(self.subject.first_certain(seq, position.at, whole_since));
        }
        let next = self.sequence.next();
        let arrival = self.sequence.take(seq);
        match arrival {
            Arrival::Next => {}
            Arrival::Ahead(_) => self.fault("gap", record, Some(seq), format!("seq {next}"), format!("seq {seq}")),
            Arrival::Late => {
                self.reordered += 1;
                self.fault("reordered", record, Some(seq), format!("a seq from {next} on"), format!("seq {seq}"));
            }
            Arrival::Again => self.repeats += 1,
        }
        if arrival != Arrival::Again {
            self.clock(record, position);
            self.finished += u64::from(position.finished);
        }
        self.compare(record, position, arrival);
    }

    fn clock(&mut self, record: &Record<'_>, position: &NewPosition) {
        let Some(appended) = record.appended else { return };
        let late = appended.saturating_sub(position.at);
        self.late_max = self.late_max.max(Some(late));
        self.caught_up += u64::from(self.subject.interval().is_some_and(|interval| late >= interval));
    }

    /// Holds a record against what the plan and the route give for its seq.
    fn compare(&mut self, record: &Record<'_>, found: &NewPosition, arrival: Arrival) {
        let (Ok(drive), Some(plan)) = (&self.subject.drive, &self.subject.plan) else { return };
        let fix = drive.fix(found.seq);
        let expected = NewPosition {
            route_id: plan.route_id.clone(),
            client_id: plan.client_id.clone(),
            position: fix.position,
            finished: fix.finished,
            delivery_id: plan.delivery_id.clone(),
            seq: found.seq,
            at: self.due(found, arrival),
            speed: fix.speed_meters_per_second,
            heading: fix.heading,
            progress: fix.progress,
        };
        if *found != expected {
            let (expected, found_text) = differences(&expected, found);
            return self.wrong(record, Some(found.seq), expected, found_text);
        }
        let same_bytes = delivery_messages::encode(&expected).is_ok_and(|bytes| bytes == record.value);
        if arrival != Arrival::Again {
            self.foreign |= !same_bytes;
        } else if !same_bytes && !self.foreign {
            let (expected, found_text) = ("the same bytes as before", "the same position in other bytes");
            self.wrong(record, Some(found.seq), expected.to_owned(), found_text.to_owned());
        }
    }

    /// When a position must have been due: one interval after the one before it, or, never the other way, at a resumption
    /// in between.
    fn due(&mut self, found: &NewPosition, arrival: Arrival) -> Millis {
        let first = || {
            let start = self.subject.state.as_ref()?.start;
            let ticks = Millis::try_from(found.seq).ok()?.checked_mul(self.subject.interval()?)?;
            start.checked_add(ticks)
        };
        let known = self.timeline.due(found.seq);
        let due = known.or_else(first).unwrap_or(found.at);
        // So many positions before it are not there, and the resumption may have been at any of those.
        let unseen = match arrival {
            _ if known.is_none() => Some(found.seq),
            Arrival::Next => Some(0),
            Arrival::Ahead(missed) => Some(missed),
            Arrival::Late | Arrival::Again => None,
        };
        let latest = || {
            let ticks = Millis::try_from(unseen?).ok()?;
            self.subject.resumed_at()?.checked_add(ticks.checked_mul(self.subject.interval()?)?)
        };
        let resumed = found.at > due && latest().is_some_and(|latest| found.at <= latest);
        let due = if resumed { found.at } else { due };
        if resumed || known.is_none() {
            self.timeline.begin(found.seq, due);
        }
        due
    }

    fn wrong(&mut self, record: &Record<'_>, seq: Option<u64>, expected: String, found: String) {
        self.wrong += 1;
        self.fault("wrong", record, seq, expected, found);
    }

    fn fault(&mut self, problem: &str, record: &Record<'_>, seq: Option<u64>, expected: String, found: String) {
        let Record { partition, offset, .. } = *record;
        self.note(Fault { problem: problem.to_owned(), partition, offset, seq, expected, found });
    }

    fn note(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Misses what the state, which was read before the end of the positions was noted, says to be in the log.
    fn check_end(&mut self, whole_since: impl Fn(i32) -> Millis, end: impl Fn(i32) -> i64) {
        let Some(state) = &self.subject.state else { return };
        let (partition, at, seq) = (state.partition, state.at, u64::try_from(state.seq));
        let below = match (&self.subject.drive, state.phase) {
            (Ok(drive), StatePhase::Finished) => drive.last_seq() + 1,
            _ => seq.map_or(0, |seq| seq.saturating_add(1)),
        };
        if !self.begun {
            let due = at.saturating_add(self.subject.interval().unwrap_or_default());
            self.sequence.begin(self.subject.first_certain(below, due, whole_since(partition)));
        }
        let next = self.sequence.next();
        if self.sequence.expect_below(below) > 0 {
            let expected = format!("seq {next}, for the state says that the log holds all up to {}", below - 1);
            let found = "the end of the partition".to_owned();
            self.note(Fault {
                problem: "lost".to_owned(),
                partition,
                offset: end(partition),
                seq: None,
                expected,
                found,
            });
        }
    }

    /// The report, when all records have been taken, and what came if it was to be remembered. `whole_since` and `end` tell of each
    /// partition from when on, and up to which offset, it was read.
    #[must_use]
    pub fn finish(
        mut self,
        whole_since: impl Fn(i32) -> Millis,
        end: impl Fn(i32) -> i64,
    ) -> (DeliveryReport, Option<LogSide>) {
        self.check_end(whole_since, end);
        let (verdict, reason) = self.verdict();
        let (cut, over) = (self.sequence.cut(), verdict == Verdict::Complete);
        let log = self.prints.take().map(|prints| LogSide { prints, cut, over, erased: false });
        let (name, namespace) = self.subject.plan.map(|plan| (plan.name, plan.namespace)).unwrap_or_default();
        let report = DeliveryReport {
            delivery_id: self.subject.id,
            name,
            namespace,
            positions: self.sequence.count(),
            gaps: self.sequence.missing(),
            repeats: self.repeats,
            reordered: self.reordered,
            wrong: self.wrong,
            late_max_milliseconds: self.late_max,
            caught_up: self.caught_up,
            finished: self.finished,
            verdict,
            reason,
            faults: self.faults,
            sink: None,
        };
        (report, log)
    }

    fn verdict(&self) -> (Verdict, Option<String>) {
        if self.sequence.missing() + self.reordered + self.wrong > 0 {
            return (Verdict::Broken, None);
        }
        let drive = match &self.subject.drive {
            Ok(drive) => drive,
            Err(problem) => return (Verdict::Unverifiable, Some(problem.clone())),
        };
        let cut = self.sequence.cut();
        if cut > 0 {
            return (Verdict::Truncated, Some(format!("Retention has removed the positions before seq {cut}.")));
        }
        if self.sequence.next() > drive.last_seq() {
            return (Verdict::Complete, None);
        }
        if let Some(state) = self.subject.state.as_ref().filter(|state| state.phase == StatePhase::Failed) {
            return (Verdict::Failed, state.reason.clone());
        }
        let phase = self.subject.plan.as_ref().map(|plan| plan.phase);
        let verdict = match phase {
            Some(PlanPhase::Cancelled) => Verdict::Cancelled,
            Some(PlanPhase::Suspended) => Verdict::Suspended,
            Some(PlanPhase::Accepted) | None => Verdict::Running,
        };
        (verdict, None)
    }
}

/// The fields in which two positions differ, as text.
fn differences(expected: &NewPosition, found: &NewPosition) -> (String, String) {
    let mut texts = (Vec::new(), Vec::new());
    let mut field = |name: &str, expected: &dyn Debug, found: &dyn Debug| {
        let (expected, found) = (format!("{name} {expected:?}"), format!("{name} {found:?}"));
        if expected != found {
            texts.0.push(expected);
            texts.1.push(found);
        }
    };
    field("routeId", &expected.route_id, &found.route_id);
    // Whose it is stays a secret between the client and the log.
    field("clientId", &"as planned", if expected.client_id == found.client_id { &"as planned" } else { &"another" });
    field("position", &expected.position, &found.position);
    field("finished", &expected.finished, &found.finished);
    field("at", &expected.at, &found.at);
    field("speed", &expected.speed, &found.speed);
    field("heading", &expected.heading, &found.heading);
    field("progress", &expected.progress, &found.progress);
    (texts.0.join(", "), texts.1.join(", "))
}
