//! The resident memory of the product's processes on this machine, as the kernel counts it (`VmRSS` and its peak), and that of the demo's
//! Prometheus.

use std::fs;

use anyhow::Result;

use crate::processes::{Process, kibibytes, named};

/// What the demo's Prometheus may use, with every target scraped each 5 s.
const PROMETHEUS_KIB: u64 = 150 * 1024;

pub(crate) fn measure() -> Result<()> {
    for service in ["operator", "gateway", "simulator", "purchases", "invoices", "notifications"] {
        let name = format!("code-delivery-{service}");
        let sizes = named(&name)?;
        let largest = |of: fn(&Process) -> u64| sizes.iter().map(of).max().unwrap_or_default();
        println!(
            "{name}: {} processes, largest {} KiB, peak {} KiB",
            sizes.len(),
            largest(|one| one.resident),
            largest(|one| one.peak)
        );
    }
    // Resident are also the pages of its program and of its blocks, which the kernel drops when it needs the room.
    for Process { resident, peak, anonymous, .. } in named("prometheus")? {
        println!(
            "prometheus: {resident} KiB, peak {peak} KiB, {anonymous} KiB of it of no file  (target: below {PROMETHEUS_KIB} KiB)"
        );
    }
    Ok(())
}

/// The resident memory of one process, KiB.
pub(crate) fn of(pid: u32) -> Result<u64> {
    Ok(kibibytes(&fs::read_to_string(format!("/proc/{pid}/status"))?, "VmRSS:"))
}

/// The resident memory of this process and its peak, KiB.
pub(crate) fn own() -> Result<(u64, u64)> {
    let status = fs::read_to_string("/proc/self/status")?;
    Ok((kibibytes(&status, "VmRSS:"), kibibytes(&status, "VmHWM:")))
}
