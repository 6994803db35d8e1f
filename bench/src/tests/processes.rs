use super::*;

#[test]
fn processor_time_is_that_of_program_and_kernel_whatever_the_name() {
    let stat = "4242 (a (strange) name) S 1 4242 4242 0 -1 4194560 900 0 7 0 250 50 3 4 20 0 9 0 100 1000000 2000 18446744073709551615";
    assert_eq!(ticks(stat), Some(300.0));
    assert_eq!(ticks("no stat"), None);
}

#[test]
fn memory_is_read_by_its_name() {
    let status = "Name:\tx\nVmHWM:\t   30000 kB\nVmRSS:\t   20480 kB\nRssAnon:\t    8192 kB\n";
    assert_eq!(
        ["VmRSS:", "VmHWM:", "RssAnon:", "VmSwap:"].map(|field| kibibytes(status, field)),
        [20_480, 30_000, 8_192, 0]
    );
}

#[test]
fn the_memory_of_a_container_is_where_its_version_of_cgroups_counts_it() {
    let container = "/kubepods/burstable/pod1/0a1b";
    let first = format!("12:pids:{container}\n4:memory:{container}\n1:name=systemd:{container}\n0::/system.slice\n");
    let group = MemoryGroup::of(&first).unwrap();
    assert_eq!(group.folder, Path::new("/sys/fs/cgroup/memory/kubepods/burstable/pod1/0a1b"));
    assert_eq!((group.usage, group.inactive), ("memory.usage_in_bytes", "total_inactive_file"));
    let group = MemoryGroup::of(&format!("0::{container}\n")).unwrap();
    assert_eq!(group.folder, Path::new("/sys/fs/cgroup/kubepods/burstable/pod1/0a1b"));
    assert_eq!((group.usage, group.inactive), ("memory.current", "inactive_file"));
    assert_eq!(MemoryGroup::of("1:name=systemd:/\n"), None);
}

#[test]
fn a_working_set_is_what_is_in_use_without_files_that_were_not_used_of_late() {
    let stat = "inactive_file 1048576\nactive_file 7\ntotal_inactive_file 2097152\n";
    assert_eq!(without_inactive("26214400\n", stat, "inactive_file"), Some(24 * 1024));
    assert_eq!(without_inactive("26214400\n", stat, "total_inactive_file"), Some(23 * 1024));
    assert_eq!(without_inactive("1024\n", stat, "inactive_file"), Some(0), "the two are not read at the same time");
    assert_eq!(without_inactive("26214400\n", "active_file 7\n", "inactive_file"), None);
}
