//! What a process uses: processor time and memory, and since when it runs, under the names that every exporter of Prometheus' has. A restart
//! shows as a change of the time of its start.

use std::fmt;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use rustix::time::{ClockId, clock_gettime};

/// Where Linux says how much memory this process has.
const STATUS: &str = "/proc/self/status";

/// A registry without a prefix, with what this process uses. It is to be made when the process starts.
#[must_use]
pub(crate) fn registry() -> Registry {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Usage { started }));
    registry
}

#[derive(Debug)]
struct Usage {
    /// Since the Unix epoch.
    started: Duration,
}

impl Collector for Usage {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut show = |name: &str, help: &str, unit: &Unit, metric: &dyn EncodeMetric| {
            metric.encode(encoder.encode_descriptor(name, help, Some(unit), metric.metric_type())?)
        };
        let cpu = ConstCounter::new(processor_time().as_secs_f64());
        show("process_cpu", "Processor time that the process has used", &Unit::Seconds, &cpu)?;
        if let Some(bytes) = fs::read_to_string(STATUS).ok().and_then(|status| resident(&status)) {
            let memory = ConstGauge::new(bytes);
            show("process_resident_memory", "Memory of the process that is not swapped out", &Unit::Bytes, &memory)?;
        }
        let started = ConstGauge::new(self.started.as_secs_f64());
        show("process_start_time", "When the process started, since the Unix epoch", &Unit::Seconds, &started)
    }
}

/// The processor time that this process has used, on all cores.
#[must_use]
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The resident memory in bytes, from a text such as `VmRSS:      8384 kB` among other lines.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
#[path = "tests/usage.rs"]
mod tests;
