//! Judges one delivery: folds its records, in the order of their partition, into a report.
//!
//! It trusts nothing: the expected content of each record is recomputed from the plan and the route. It keeps no list of
//! positions: [`Sequence`] knows which seqs arrived, [`Timeline`] when they were due. Which records belong to a delivery is
//! left to [`super::audit`].

use std::fmt::Debug;

use delivery_messages::{Millis, NewPosition, PlanPhase, StatePhase};
use delivery_motion::Drive;

use crate::comparison::LogSide;
use crate::report::{DeliveryReport, Fault, Problem, SinkCause, Verdict};
use crate::sequence::{Arrival, Sequence};
use crate::subject::Subject;
use crate::timeline::Timeline;

/// The maximum number of faults reported per delivery.
const MAX_FAULTS: usize = 5;

/// A record of `route.new-position`.
#[derive(Clone, Copy, Debug)]
pub struct PositionRecord<'a> {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// When the broker appended it, if the topic uses the broker's timestamps.
    pub appended: Option<Millis>,
    /// Its key.
    pub key: &'a [u8],
    /// Its value.
    pub value: &'a [u8],
}

/// A delivery being judged.
#[derive(Debug)]
pub struct Judge {
    subject: Subject,
    sequence: Sequence,
    timeline: Timeline,
    partition: Option<i32>,
    started: bool,
    /// Whether some position is right but encoded differently: by a release that knows more fields.
    foreign: bool,
    repeats: u64,
    reordered: u64,
    wrong: u64,
    caught_up: u64,
    finished: u64,
    late_max: Option<Millis>,
    faults: Vec<Fault>,
    /// The positions so far, if they are to be compared with an index.
    log: Option<LogSide>,
}

impl Judge {
    /// A judge of a delivery.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self {
            timeline: Timeline::new(subject.interval().unwrap_or_default()),
            partition: subject.state.as_ref().map(|state| state.partition),
            subject,
            sequence: Sequence::default(),
            started: false,
            foreign: false,
            repeats: 0,
            reordered: 0,
            wrong: 0,
            caught_up: 0,
            finished: 0,
            late_max: None,
            faults: Vec::new(),
            log: None,
        }
    }

    /// The same, keeping fingerprints for a comparison with an index.
    #[must_use]
    pub fn with_fingerprints(self) -> Self {
        Self { log: Some(LogSide::default()), ..self }
    }

    /// Takes a record with the delivery's key that is not a position.
    pub fn unreadable(&mut self, record: &PositionRecord<'_>, problem: &str) {
        self.wrong(record, None, "a position".to_owned(), problem.to_owned());
    }

    /// Takes a position of the delivery. The log holds everything appended to its partition after `complete_since`.
    pub fn position(&mut self, record: &PositionRecord<'_>, position: &NewPosition, complete_since: Millis) {
        let seq = position.seq;
        if record.key != self.subject.id.as_bytes() {
            self.deviates(SinkCause::ForeignKey, record, position);
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
            self.deviates(SinkCause::BeyondEnd, record, position);
            return self.wrong(record, Some(seq), expected, format!("seq {seq}"));
        }
        if self.log.as_mut().is_some_and(|log| !log.fingerprints.add(position)) {
            self.deviates(SinkCause::LaterRecord, record, position);
        }
        if !self.started {
            self.started = true;
            self.sequence.begin(self.subject.first_certain(seq, position.at, complete_since));
        }
        let next = self.sequence.next();
        let arrival = self.sequence.take(seq);
        match arrival {
            Arrival::Next => {}
            Arrival::AfterGap(_) => {
                self.fault(Problem::Gap, record, Some(seq), format!("seq {next}"), format!("seq {seq}"));
            }
            Arrival::OutOfOrder => {
                self.reordered += 1;
                self.fault(
                    Problem::Reordered,
                    record,
                    Some(seq),
                    format!("a seq from {next} on"),
                    format!("seq {seq}"),
                );
            }
            Arrival::Repeated => self.repeats += 1,
        }
        if arrival != Arrival::Repeated {
            self.delay(record, position);
            self.finished += u64::from(position.finished);
        }
        self.compare(record, position, arrival);
    }

    /// Keeps a record that no reader takes for a position, if an index may have it.
    fn deviates(&mut self, cause: SinkCause, record: &PositionRecord<'_>, position: &NewPosition) {
        if let Some(log) = &mut self.log {
            log.deviations.add(cause, position, record.partition, record.offset, record.key);
        }
    }

    fn delay(&mut self, record: &PositionRecord<'_>, position: &NewPosition) {
        let Some(appended) = record.appended else { return };
        let late = appended.saturating_sub(position.at);
        self.late_max = self.late_max.max(Some(late));
        self.caught_up += u64::from(self.subject.interval().is_some_and(|interval| late >= interval));
    }

    /// Compares a record with what the plan and the route yield for its seq.
    fn compare(&mut self, record: &PositionRecord<'_>, found: &NewPosition, arrival: Arrival) {
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
        if arrival != Arrival::Repeated {
            self.foreign |= !same_bytes;
        } else if !same_bytes && !self.foreign {
            let (expected, found_text) = ("the same bytes as before", "the same position in other bytes");
            self.wrong(record, Some(found.seq), expected.to_owned(), found_text.to_owned());
        }
    }

    /// When a position must have been due: one interval after the one before it, or later if the delivery was resumed in
    /// between.
    fn due(&mut self, found: &NewPosition, arrival: Arrival) -> Millis {
        let first = || {
            let start = self.subject.state.as_ref()?.start;
            let ticks = Millis::try_from(found.seq).ok()?.checked_mul(self.subject.interval()?)?;
            start.checked_add(ticks)
        };
        let known = self.timeline.due(found.seq);
        let due = known.or_else(first).unwrap_or(found.at);
        // The delivery may have been resumed at any of the unseen positions before it.
        let unseen = match arrival {
            _ if known.is_none() => Some(found.seq),
            Arrival::Next => Some(0),
            Arrival::AfterGap(missed) => Some(missed),
            Arrival::OutOfOrder | Arrival::Repeated => None,
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

    fn wrong(&mut self, record: &PositionRecord<'_>, seq: Option<u64>, expected: String, found: String) {
        self.wrong += 1;
        self.fault(Problem::Wrong, record, seq, expected, found);
    }

    fn fault(
        &mut self,
        problem: Problem,
        record: &PositionRecord<'_>,
        seq: Option<u64>,
        expected: String,
        found: String,
    ) {
        let PositionRecord { partition, offset, .. } = *record;
        self.note(Fault { problem, partition, offset, seq, expected, found });
    }

    fn note(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Checks that the log contains what the state mentions; the state was read before the ends of the positions were recorded.
    fn check_end(&mut self, complete_since: impl Fn(i32) -> Millis, end: impl Fn(i32) -> i64) {
        let Some(state) = &self.subject.state else { return };
        let (partition, at, seq) = (state.partition, state.at, u64::try_from(state.seq));
        let below = match (&self.subject.drive, state.phase) {
            (Ok(drive), StatePhase::Finished) => drive.last_seq() + 1,
            _ => seq.map_or(0, |seq| seq.saturating_add(1)),
        };
        if !self.started {
            let due = at.saturating_add(self.subject.interval().unwrap_or_default());
            self.sequence.begin(self.subject.first_certain(below, due, complete_since(partition)));
        }
        let next = self.sequence.next();
        if self.sequence.expect_below(below) > 0 {
            let expected =
                format!("seq {next}, because the state says that the log holds everything up to {}", below - 1);
            let found = "the end of the partition".to_owned();
            self.note(Fault { problem: Problem::Lost, partition, offset: end(partition), seq: None, expected, found });
        }
    }

    /// The report, once all records have been taken, and the log's side of a comparison, if fingerprints were kept. For each
    /// partition, `complete_since` returns the time since which the log holds everything, and `end` the offset up to which it
    /// was read.
    #[must_use]
    pub fn finish(
        mut self,
        complete_since: impl Fn(i32) -> Millis,
        end: impl Fn(i32) -> i64,
    ) -> (DeliveryReport, Option<LogSide>) {
        self.check_end(complete_since, end);
        let (verdict, reason) = self.verdict();
        let drive = self.subject.drive.ok();
        let log = self.log.take().map(|log| LogSide {
            cut: self.sequence.cut(),
            next: self.sequence.next(),
            last_seq: drive.as_ref().map(Drive::last_seq),
            drive,
            ..log
        });
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
        if self.sequence.missing() > 0 || self.reordered > 0 || self.wrong > 0 {
            return (Verdict::Broken, None);
        }
        let drive = match &self.subject.drive {
            Ok(drive) => drive,
            Err(error) => return (Verdict::Unverifiable, Some(error.to_string())),
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

/// The fields in which two positions differ: expected and found.
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
    // A client's id must not be shown to others.
    field("clientId", &"as planned", if expected.client_id == found.client_id { &"as planned" } else { &"another" });
    field("position", &expected.position, &found.position);
    field("finished", &expected.finished, &found.finished);
    field("at", &expected.at, &found.at);
    field("speed", &expected.speed, &found.speed);
    field("heading", &expected.heading, &found.heading);
    field("progress", &expected.progress, &found.progress);
    (texts.0.join(", "), texts.1.join(", "))
}
