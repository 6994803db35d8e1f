//! Which deliveries a page of `GET /deliveries` holds: those under way first, then past ones, the newest first in each.
//!
//! Pure. A page is cut by `limit` and goes on from the place that `before` names, which is opaque to clients.

use super::problem::Problem;
use crate::delivery::{Delivery, Phase};
use delivery_messages::Millis;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// How many deliveries a page has when the client does not say.
const DEFAULT_LIMIT: usize = 100;
/// The most that a page has.
const MAX_LIMIT: usize = 1000;

/// The part of a URL after `?`, by name.
pub type Parameters = HashMap<String, String>;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Only deliveries in this phase.
    pub phase: Option<Phase>,
    /// Only deliveries of this courier, to the letter.
    pub courier: Option<String>,
    /// The most that the page has.
    pub limit: usize,
    /// The last place of the page before.
    pub before: Option<Place>,
}

/// A place in the order of all deliveries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Those under way come first.
    pub past: bool,
    /// When the delivery was created; the newest first.
    pub created_at: Reverse<Millis>,
    /// The delivery.
    pub id: Reverse<String>,
}

impl Place {
    /// Where a delivery stands.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        Self {
            past: delivery.phase.is_final(),
            created_at: Reverse(delivery.about.created_at),
            id: Reverse(delivery.about.delivery_id.clone()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let past = match parts.next()? {
            "p" => true,
            "r" => false,
            _ => return None,
        };
        let created_at = Reverse(parts.next()?.parse().ok()?);
        Some(Self { past, created_at, id: Reverse(parts.next()?.to_owned()) })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", if self.past { "p" } else { "r" }, self.created_at.0, self.id.0)
    }
}

impl Query {
    /// Reads the part of the URL after `?`.
    ///
    /// # Errors
    /// 400, with the parameter and what it may be.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let phase = get("phase").map(|name| {
            name.parse().map_err(|()| {
                let phases = Phase::ALL.map(Phase::name).join(", ");
                Problem::bad_request("InvalidPhase", format!("There is no phase {name:?}; there are {phases}."))
            })
        });
        let limit = get("limit").map(|limit| {
            limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
                Problem::bad_request(
                    "InvalidLimit",
                    format!("The limit {limit:?} is no whole number from 1 to {MAX_LIMIT}."),
                )
            })
        });
        let before = get("before").map(|place| {
            Place::read(place).ok_or_else(|| {
                Problem::bad_request("InvalidPlace", "The value of before is not what an earlier page gave as next.")
            })
        });
        Ok(Self {
            phase: phase.transpose()?,
            courier: get("courier").filter(|courier| !courier.is_empty()).map(str::to_owned),
            limit: limit.transpose()?.unwrap_or(DEFAULT_LIMIT),
            before: before.transpose()?,
        })
    }

    /// Whether the page has room for past deliveries after these, and may hold any.
    #[must_use]
    pub fn wants_past(&self, held: usize) -> bool {
        held <= self.limit && self.phase.is_none_or(Phase::is_final)
    }

    fn wants(&self, delivery: &Delivery) -> bool {
        self.phase.is_none_or(|phase| phase == delivery.phase)
            && self.courier.as_ref().is_none_or(|courier| *courier == delivery.about.courier)
            && self.before.as_ref().is_none_or(|before| Place::of(delivery) > *before)
    }
}

/// The page of what is in memory and what the history holds, and the place to go on from when there is more.
///
/// Of a delivery that both hold, memory knows best.
#[must_use]
pub fn page(query: &Query, memory: Vec<Delivery>, history: Vec<Delivery>) -> (Vec<Delivery>, Option<Place>) {
    let mut seen = HashSet::new();
    let mut page: Vec<_> = memory
        .into_iter()
        .chain(history)
        .filter(|delivery| seen.insert(delivery.about.delivery_id.clone()) && query.wants(delivery))
        .collect();
    page.sort_by_cached_key(Place::of);
    let more = page.len() > query.limit;
    page.truncate(query.limit);
    let next = page.last().filter(|_| more).map(Place::of);
    (page, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn delivery(id: &str, created_at: Millis, phase: Phase) -> Delivery {
        let about = Arc::new(delivery_messages::Plan { created_at, ..testing::plan(id) }.into());
        Delivery { about, phase, ..testing::delivery(id) }
    }

    fn query(parameters: &[(&str, &str)]) -> Result<Query, Problem> {
        Query::read(&parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn ids(page: &[Delivery]) -> Vec<&str> {
        page.iter().map(|delivery| delivery.about.delivery_id.as_str()).collect()
    }

    #[test]
    fn those_under_way_come_first_and_the_newest_of_each() {
        let memory = vec![
            delivery("a", 1, Phase::Running),
            delivery("b", 2, Phase::Suspended),
            delivery("c", 3, Phase::Finished),
        ];
        let history = vec![delivery("c", 3, Phase::Cancelled), delivery("d", 4, Phase::Cancelled)];
        let (page, next) = page(&query(&[]).unwrap(), memory, history);
        assert_eq!(ids(&page), ["b", "a", "d", "c"]);
        assert_eq!(page[3].phase, Phase::Finished, "memory knows best");
        assert_eq!(next, None);
    }

    #[test]
    fn a_mistyped_parameter_is_explained() {
        for (name, value, word) in [
            ("phase", "running", "Running"),
            ("limit", "0", "1000"),
            ("limit", "many", "many"),
            ("before", "yesterday", "next"),
            ("before", "x.1.a", "next"),
        ] {
            let problem = query(&[(name, value)]).unwrap_err();
            assert!(problem.message.contains(word), "{problem:?}");
        }
    }

    #[test]
    fn a_phase_filters_and_decides_whether_the_history_is_asked() {
        assert!(!query(&[("phase", "Running")]).unwrap().wants_past(0));
        let finished = query(&[("phase", "Finished"), ("limit", "2")]).unwrap();
        assert!(finished.wants_past(2));
        assert!(!finished.wants_past(3));
        let memory = vec![delivery("a", 1, Phase::Running), delivery("b", 2, Phase::Finished)];
        assert_eq!(ids(&page(&finished, memory, vec![]).0), ["b"]);
    }

    #[test]
    fn a_courier_filters_to_the_letter() {
        let memory = vec![delivery("a", 1, Phase::Running)];
        assert_eq!(ids(&page(&query(&[("courier", "moto-7")]).unwrap(), memory.clone(), vec![]).0), ["a"]);
        assert!(page(&query(&[("courier", "moto")]).unwrap(), memory, vec![]).0.is_empty());
    }

    proptest! {
        /// Page after page, each delivery comes once and all come.
        #[test]
        fn pages_leave_nothing_out_and_repeat_nothing(
            all in prop::collection::vec((0..5_i64, any::<bool>()), 0..40),
            limit in 1..7_usize,
        ) {
            let all: Vec<_> = all.into_iter().enumerate().map(|(number, (created_at, over))| {
                let phase = if over { Phase::Finished } else { Phase::Running };
                delivery(&format!("id.{number}"), created_at, phase)
            }).collect();
            let mut query = Query { phase: None, courier: None, limit, before: None };
            let mut found = Vec::new();
            for _ in 0..=all.len() {
                let (page, next) = page(&query, all.clone(), Vec::new());
                prop_assert!(page.len() <= limit);
                found.extend(page);
                let Some(next) = next else { break };
                query.before = Place::read(&next.to_string());
                prop_assert_eq!(query.before.as_ref(), Some(&next));
            }
            let mut expected = all;
            expected.sort_by_cached_key(Place::of);
            prop_assert_eq!(ids(&found), ids(&expected));
        }
    }
}
