//! The deliveries that are watched, as the events of a watch tell them. Pure.

use crate::deliveries::{self, End};
use delivery_api::{Delivery, DeliveryPhase};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::{BTreeMap, HashSet};

/// What is shown of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The object's name, with its namespace when several are shown.
    pub name: String,
    /// The courier; may be empty.
    pub courier: String,
    /// Where it is in its life.
    pub phase: DeliveryPhase,
    /// The driven part of the route, 0 to 100.
    pub percent: u32,
    /// When it is expected at the end of its route.
    pub arrives_at: Option<Timestamp>,
    /// When it was there.
    pub finished_at: Option<Timestamp>,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// Its speed, such as `62 km/h`.
    pub speed: String,
    /// Why it waits or failed.
    pub message: String,
}

/// All deliveries that are watched.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Those that are asked for; empty: all.
    asked: HashSet<String>,
    namespaces: bool,
    rows: BTreeMap<String, Row>,
    /// Keys that the present listing has told.
    listed: Option<HashSet<String>>,
    ready: bool,
    /// Whether one was deleted before its end.
    lost: bool,
}

impl Board {
    /// A board for deliveries of these names, or for all; `namespaces`: of several namespaces.
    #[must_use]
    pub fn new(asked: impl IntoIterator<Item = String>, namespaces: bool) -> Self {
        Self { asked: asked.into_iter().collect(), namespaces, ..Self::default() }
    }

    /// Takes a delivery; the answer is its row if that is new or has changed.
    pub fn take(&mut self, delivery: &Delivery) -> Option<&Row> {
        if !self.asked.is_empty() && !self.asked.contains(&delivery.name_any()) {
            return None;
        }
        let key = deliveries::name(delivery, true);
        if let Some(listed) = &mut self.listed {
            listed.insert(key.clone());
        }
        let row = row(delivery, self.namespaces);
        if self.rows.get(&key) == Some(&row) {
            return None;
        }
        self.rows.insert(key.clone(), row);
        self.rows.get(&key)
    }

    /// Hears that a delivery is deleted; the answer is the row that it had.
    pub fn remove(&mut self, delivery: &Delivery) -> Option<Row> {
        let row = self.rows.remove(&deliveries::name(delivery, true));
        self.lost |= row.as_ref().is_some_and(|row| !row.phase.is_final());
        row
    }

    /// Hears that all deliveries are listed anew.
    pub fn begin_list(&mut self) {
        self.listed = Some(HashSet::new());
    }

    /// Hears that the listing is complete: what it did not tell is gone.
    pub fn end_list(&mut self) {
        if let Some(listed) = self.listed.take() {
            let gone = |key: &String| !listed.contains(key);
            self.lost |= self.rows.iter().any(|(key, row)| gone(key) && !row.phase.is_final());
            self.rows.retain(|key, _| !gone(key));
        }
        self.ready = true;
    }

    /// The rows, what is under way first.
    #[must_use]
    pub fn rows(&self) -> Vec<&Row> {
        let mut rows: Vec<_> = self.rows.values().collect();
        rows.sort_by_key(|row| row.phase.is_final());
        rows
    }

    /// Which of the names that were asked for are not there.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let there: HashSet<_> =
            self.rows.keys().map(|key| key.split_once('/').map_or(key.as_str(), |(_, name)| name)).collect();
        let mut missing: Vec<_> = self.asked.iter().map(String::as_str).filter(|name| !there.contains(name)).collect();
        missing.sort_unstable();
        missing
    }

    /// Whether every delivery has been told and is at its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ready && self.rows.values().all(|row| row.phase.is_final())
    }

    /// Whether one of them failed, or was deleted before its end.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lost || self.rows.values().any(|row| row.phase == DeliveryPhase::Failed)
    }
}

fn row(delivery: &Delivery, namespaces: bool) -> Row {
    let status = delivery.status.clone().unwrap_or_default();
    let running = status.conditions.iter().find(|condition| condition.type_ == delivery_api::status::RUNNING);
    let message = match deliveries::end(delivery) {
        Some(End::Failed(message)) => message,
        Some(End::Finished) => String::new(),
        None => running.filter(|one| one.status != "True").map(|one| one.message.clone()).unwrap_or_default(),
    };
    Row {
        name: deliveries::name(delivery, namespaces),
        courier: delivery.spec.courier.clone().unwrap_or_default(),
        phase: status.phase.unwrap_or_default(),
        percent: status.progress_percent.unwrap_or_default().min(100),
        arrives_at: status.arrives_at.map(|time| time.0),
        finished_at: status.finished_at.map(|time| time.0),
        started_at: status.started_at.map(|time| time.0),
        speed: status.speed.unwrap_or_default(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(name: &str, phase: &str, percent: u32) -> Delivery {
        let text = format!(
            "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: {name}, namespace: shop}}
spec: {{routeRef: {{name: primeiro}}}}
status: {{phase: {phase}, progressPercent: {percent}}}
"
        );
        serde_yaml::from_str(&text).unwrap()
    }

    #[test]
    fn only_news_is_told_and_what_runs_comes_first() {
        let mut board = Board::new([], false);
        assert!(board.take(&delivery("a", "Finished", 100)).is_some());
        assert_eq!(board.take(&delivery("b", "Running", 3)).unwrap().percent, 3);
        assert!(board.take(&delivery("b", "Running", 3)).is_none());
        assert!(board.take(&delivery("b", "Running", 4)).is_some());
        assert_eq!(board.rows().iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn it_is_over_when_all_have_been_told_and_are_at_their_ends() {
        let mut board = Board::new(["a".to_owned(), "b".to_owned()], true);
        board.begin_list();
        board.take(&delivery("a", "Finished", 100));
        board.take(&delivery("c", "Running", 1));
        assert!(!board.is_over(), "the list is not complete yet");
        board.end_list();
        assert!(board.is_over());
        assert_eq!(board.missing(), ["b"]);
        board.take(&delivery("b", "Running", 1));
        assert!(!board.is_over() && board.missing().is_empty());
        board.take(&delivery("b", "Failed", 1));
        assert!(board.is_over() && board.has_failed());
    }

    #[test]
    fn what_a_new_list_does_not_tell_is_gone() {
        let mut board = Board::new([], false);
        board.take(&delivery("a", "Running", 1));
        board.take(&delivery("b", "Running", 1));
        board.begin_list();
        board.take(&delivery("b", "Running", 1));
        board.end_list();
        assert_eq!(board.rows().len(), 1);
        assert!(board.has_failed(), "it had not finished");
    }

    #[test]
    fn a_delivery_that_is_deleted_after_its_end_has_not_failed() {
        let mut board = Board::new([], false);
        board.begin_list();
        board.take(&delivery("a", "Finished", 100));
        board.take(&delivery("b", "Running", 99));
        board.end_list();
        assert!(board.remove(&delivery("a", "Finished", 100)).is_some());
        assert!(!board.has_failed() && !board.is_over());
        assert!(board.remove(&delivery("b", "Running", 99)).is_some());
        assert!(board.has_failed() && board.is_over(), "nothing is left to wait for");
    }
}
