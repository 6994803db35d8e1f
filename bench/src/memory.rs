//! The resident memory of the product's processes on this machine, as the kernel counts it (`VmRSS` and its peak).

use std::fs;

use anyhow::Result;

pub(crate) fn measure() -> Result<()> {
    for name in ["code-delivery-operator", "code-delivery-gateway", "code-delivery-simulator"] {
        let sizes = named(name)?;
        let largest = |of: fn(&(u64, u64)) -> u64| sizes.iter().map(of).max().unwrap_or_default();
        println!("{name}: {} processes, largest {} KiB, peak {} KiB", sizes.len(), largest(|s| s.0), largest(|s| s.1));
    }
    Ok(())
}

/// The resident memory and its peak of each process of a program, KiB.
pub(crate) fn named(program: &str) -> Result<Vec<(u64, u64)>> {
    let mut found = Vec::new();
    for process in fs::read_dir("/proc")?.flatten() {
        let Ok(path) = fs::read_link(process.path().join("exe")) else { continue };
        let Ok(status) = fs::read_to_string(process.path().join("status")) else { continue };
        if path.file_name().is_some_and(|name| name == program) {
            found.push((kibibytes(&status, "VmRSS:"), kibibytes(&status, "VmHWM:")));
        }
    }
    Ok(found)
}

/// The resident memory of one process, KiB.
pub(crate) fn of(pid: u32) -> Result<u64> {
    Ok(kibibytes(&fs::read_to_string(format!("/proc/{pid}/status"))?, "VmRSS:"))
}

fn kibibytes(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
