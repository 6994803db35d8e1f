//! Judges many deliveries in one pass over `route.new-position`: gives each record to its delivery's judge.
//!
//! Pure. Reading the log is left to [`super::read`], judging one delivery to [`super::verdict`].

use super::comparison::LogSide;
use super::report::{DeliveryReport, Summary};
use super::subject::Subject;
use super::verdict::{Judge, Record};
use delivery_messages::{Millis, NewPosition};
use std::collections::{BTreeMap, HashMap, HashSet};

/// From when on a partition is read as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// All that was appended after this time is there; [`Millis::MIN`]: nothing has ever been removed.
    Since(Millis),
    /// Retention has removed what was appended before the first record that is left.
    FirstRecord,
}

/// The part of a partition that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first offset.
    pub begin: i64,
    /// One after the last.
    pub end: i64,
    /// From when on that is all.
    pub floor: Floor,
}

/// What becomes of positions whose delivery has no plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    /// They are reported, as unverifiable.
    #[default]
    All,
    /// Only these are.
    Some(HashSet<String>),
}

/// Deliveries that are being judged.
#[derive(Debug)]
pub struct Audit {
    judges: HashMap<String, Judge>,
    /// Deliveries that have a plan and are not asked for.
    others: HashSet<String>,
    strangers: Strangers,
    /// Deliveries without a plan that are not asked for.
    left_out: HashSet<String>,
    extents: BTreeMap<i32, Extent>,
    unreadable: u64,
    remembering: bool,
}

impl Audit {
    /// Begins to judge the given deliveries, and of those without a plan the ones that are asked for, by partitions that
    /// are read to these extents. `others` are the deliveries that have a plan and are not judged.
    #[must_use]
    pub fn new(
        subjects: Vec<Subject>,
        others: HashSet<String>,
        strangers: Strangers,
        extents: BTreeMap<i32, Extent>,
    ) -> Self {
        let judges = subjects.into_iter().map(|subject| (subject.id.clone(), Judge::new(subject))).collect();
        Self { judges, others, strangers, left_out: HashSet::new(), extents, unreadable: 0, remembering: false }
    }

    /// The same, remembering what came, to be held against an index.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.judges = self.judges.into_iter().map(|(id, judge)| (id, judge.remembering())).collect();
        Self { remembering: true, ..self }
    }

    /// Takes the next record of a partition.
    pub fn record(&mut self, record: &Record<'_>) {
        let whole_since = self.whole_since(record);
        let Ok(position) = serde_json::from_slice::<NewPosition>(record.value) else {
            let judge = std::str::from_utf8(record.key).ok().and_then(|key| self.judges.get_mut(key));
            match judge {
                Some(judge) => judge.unreadable(record, &text(record.value)),
                None => self.unreadable += 1,
            }
            return;
        };
        let id = position.delivery_id.as_str();
        if !self.judges.contains_key(id) {
            if self.others.contains(id) || !self.admits(id) {
                return;
            }
            let drive = Err("Its plan is not in the log.".to_owned());
            let subject = Subject { id: id.to_owned(), plan: None, state: None, drive };
            let judge = Judge::new(subject);
            self.judges.insert(id.to_owned(), if self.remembering { judge.remembering() } else { judge });
        }
        if let Some(judge) = self.judges.get_mut(id) {
            judge.position(record, &position, whole_since);
        }
    }

    /// Whether a delivery without a plan is asked for; remembers it if not.
    fn admits(&mut self, id: &str) -> bool {
        let asked = match &self.strangers {
            Strangers::All => true,
            Strangers::Some(ids) => ids.contains(id),
        };
        if !asked && !self.left_out.contains(id) {
            self.left_out.insert(id.to_owned());
        }
        asked
    }

    fn whole_since(&mut self, record: &Record<'_>) -> Millis {
        let Some(extent) = self.extents.get_mut(&record.partition) else { return Millis::MAX };
        match extent.floor {
            Floor::Since(time) => time,
            Floor::FirstRecord => {
                let time = record.appended.unwrap_or(Millis::MAX);
                extent.floor = Floor::Since(time);
                time
            }
        }
    }

    /// The reports, by namespace and name, and the summary.
    #[must_use]
    pub fn finish(self) -> (Vec<DeliveryReport>, Summary) {
        let (reports, _, mut summary) = self.finish_remembering();
        for report in &reports {
            summary.add(report);
        }
        (reports, summary)
    }

    /// The reports, by namespace and name, what came of each delivery if that was to be remembered, and the summary, in which no
    /// report has been counted yet.
    #[must_use]
    pub fn finish_remembering(self) -> (Vec<DeliveryReport>, HashMap<String, LogSide>, Summary) {
        let extent = |partition: i32| self.extents.get(&partition);
        let whole_since = |partition| match extent(partition).map(|extent| extent.floor) {
            Some(Floor::Since(time)) => time,
            Some(Floor::FirstRecord) | None => Millis::MAX,
        };
        let end = |partition| extent(partition).map_or(-1, |extent| extent.end);
        let mut logs = HashMap::new();
        let mut reports = Vec::with_capacity(self.judges.len());
        for judge in self.judges.into_values() {
            let (report, log) = judge.finish(whole_since, end);
            logs.extend(log.map(|log| (report.delivery_id.clone(), log)));
            reports.push(report);
        }
        reports.sort_by(|one, other| {
            let key = |report: &DeliveryReport| {
                (report.name.is_empty(), report.namespace.clone(), report.name.clone(), report.delivery_id.clone())
            };
            key(one).cmp(&key(other))
        });
        let summary =
            Summary { unreadable: self.unreadable, without_plan: self.left_out.len() as u64, ..Summary::default() };
        (reports, logs, summary)
    }
}

/// The beginning of a value as text.
fn text(value: &[u8]) -> String {
    const MOST: usize = 80;
    let text = String::from_utf8_lossy(value);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], value.len()),
        None => text.into_owned(),
    }
}
