//! The resident memory of the product's processes on this machine, as the kernel counts it (`VmRSS` and its peak).

use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;

pub(crate) fn measure() -> Result<()> {
    let mut found: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for process in fs::read_dir("/proc")?.flatten() {
        let Ok(program) = fs::read_link(process.path().join("exe")) else {
            continue;
        };
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(status) = fs::read_to_string(process.path().join("status")) else {
            continue;
        };
        if name.starts_with("code-delivery-") && !name.ends_with("bench") {
            found.entry(name).or_default().push((kibibytes(&status, "VmRSS:"), kibibytes(&status, "VmHWM:")));
        }
    }
    for (name, sizes) in found {
        let largest = |of: fn(&(u64, u64)) -> u64| sizes.iter().map(of).max().unwrap_or_default();
        println!("{name}: {} processes, largest {} KiB, peak {} KiB", sizes.len(), largest(|s| s.0), largest(|s| s.1));
    }
    Ok(())
}

/// The resident memory of one process, KiB.
pub(crate) fn of(pid: u32) -> Result<u64> {
    Ok(kibibytes(&fs::read_to_string(format!("/proc/{pid}/status"))?, "VmRSS:"))
}

fn kibibytes(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
