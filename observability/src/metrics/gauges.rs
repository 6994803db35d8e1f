//! Gauges that are counted when they are asked for: objects by a label, which loops hang, and whether the process is ready.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

use crate::life::health::Health;

/// A gauge of objects by one label, counted at each scrape. `count` returns nothing where the gauge should not be shown.
pub fn objects_by<C>(name: &'static str, help: &'static str, label: &'static str, count: C) -> Box<dyn Collector>
where
    C: Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static,
{
    Box::new(ObjectsBy { name, help, label, count })
}

struct ObjectsBy<C> {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    count: C,
}

impl<C> fmt::Debug for ObjectsBy<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ObjectsBy").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<C: Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static> Collector for ObjectsBy<C> {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let counts = (self.count)();
        if counts.is_empty() {
            return Ok(());
        }
        let gauge = |count| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
        let mut family = encoder.encode_descriptor(self.name, self.help, None, gauge(0).metric_type())?;
        for (value, count) in counts {
            gauge(count).encode(family.encode_family(&[(self.label, value)])?)?;
        }
        Ok(())
    }
}

/// The loops of a process, each with 1 if it hangs: what a gauge of them counts.
#[must_use = "it is what a gauge calls"]
pub fn hanging(health: &Health) -> impl Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static + use<> {
    let health = health.clone();
    move || health.loops().into_iter().map(|(name, hangs)| (name, usize::from(hangs))).collect()
}

/// A gauge of whether the process is ready: 1 or 0, as `/readyz` would answer at the scrape.
#[must_use = "it is for a registry"]
pub fn readiness(name: &'static str, help: &'static str, health: &Health) -> Box<dyn Collector> {
    Box::new(Readiness { name, help, health: health.clone() })
}

#[derive(Debug)]
struct Readiness {
    name: &'static str,
    help: &'static str,
    health: Health,
}

impl Collector for Readiness {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let ready = ConstGauge::new(i64::from(self.health.is_ready()));
        ready.encode(encoder.encode_descriptor(self.name, self.help, None, ready.metric_type())?)
    }
}

#[cfg(test)]
#[path = "tests/gauges.rs"]
mod tests;
