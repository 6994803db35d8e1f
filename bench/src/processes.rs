//! The processes of a program on this machine, as the kernel shows them in `/proc`, and the memory of their containers, as it shows that in
//! `/sys/fs/cgroup`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Clock ticks of `/proc`, per second: fixed in the kernel's interface.
pub(crate) const TICKS: f64 = 100.0;

/// A process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// The resident memory (`VmRSS`), KiB.
    pub(crate) resident: u64,
    /// The most that it ever was (`VmHWM`), KiB.
    pub(crate) peak: u64,
    /// The anonymous part of it (`RssAnon`), which no file holds, KiB.
    pub(crate) anonymous: u64,
    /// The working set of its container, which is what Kubernetes counts, shows and evicts by, KiB; 0 if the kernel does not tell.
    pub(crate) working_set: u64,
    /// The processor time so far, ticks.
    pub(crate) ticks: f64,
}

/// The processes of a program, by the name of its file. One that ends meanwhile is left out.
pub(crate) fn named(program: &str) -> Result<Vec<Process>> {
    let mut found = Vec::new();
    for process in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(path) = fs::read_link(process.path().join("exe")) else { continue };
        if path.file_name().is_none_or(|name| name != program) {
            continue;
        }
        let Ok(status) = fs::read_to_string(process.path().join("status")) else { continue };
        let Ok(stat) = fs::read_to_string(process.path().join("stat")) else { continue };
        found.push(Process {
            pid,
            resident: kibibytes(&status, "VmRSS:"),
            peak: kibibytes(&status, "VmHWM:"),
            anonymous: kibibytes(&status, "RssAnon:"),
            working_set: working_set(&process.path()).unwrap_or_default(),
            ticks: ticks(&stat).unwrap_or_default(),
        });
    }
    Ok(found)
}

/// A number in the text of a process's `status`.
pub(crate) fn kibibytes(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Where the kernel counts the memory of a group of processes, such as those of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MemoryGroup {
    folder: PathBuf,
    /// The file with the memory in use, bytes.
    usage: &'static str,
    /// The field of `memory.stat` with the pages of files that were not used of late, bytes.
    inactive: &'static str,
}

impl MemoryGroup {
    /// Reads the text of a process's `cgroup`.
    fn of(cgroup: &str) -> Option<Self> {
        // Of lines with a number, controllers and a path. Where both versions are mounted, the one that counts memory is the first.
        let path = |controller: &str| {
            cgroup.lines().find_map(|line| {
                let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                controllers.split(',').any(|name| name == controller).then_some(path)
            })
        };
        let below = |root: &str, path: &str| Path::new(root).join(path.trim_start_matches('/'));
        if let Some(path) = path("memory") {
            let folder = below("/sys/fs/cgroup/memory", path);
            return Some(Self { folder, usage: "memory.usage_in_bytes", inactive: "total_inactive_file" });
        }
        let folder = below("/sys/fs/cgroup", path("")?);
        Some(Self { folder, usage: "memory.current", inactive: "inactive_file" })
    }
}

/// The working set of the container of a process, by its folder in `/proc`, KiB.
fn working_set(process: &Path) -> Option<u64> {
    let group = MemoryGroup::of(&fs::read_to_string(process.join("cgroup")).ok()?)?;
    let usage = fs::read_to_string(group.folder.join(group.usage)).ok()?;
    let stat = fs::read_to_string(group.folder.join("memory.stat")).ok()?;
    without_inactive(&usage, &stat, group.inactive)
}

/// What is in use without the pages of files that were not used of late, KiB.
fn without_inactive(usage: &str, stat: &str, inactive: &str) -> Option<u64> {
    let usage: u64 = usage.trim().parse().ok()?;
    let inactive = stat.lines().find_map(|line| line.strip_prefix(inactive)?.strip_prefix(' ')?.parse::<u64>().ok())?;
    Some(usage.saturating_sub(inactive) / 1024)
}

/// The processor time in the text of a process's `stat`, ticks.
pub(crate) fn ticks(stat: &str) -> Option<f64> {
    // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field (proc_pid_stat(5)).
    let (_, fields) = stat.rsplit_once(") ")?;
    Some(fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum())
}

#[cfg(test)]
#[path = "tests/processes.rs"]
mod tests;
