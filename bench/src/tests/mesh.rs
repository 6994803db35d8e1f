use super::{resident, spent};
use crate::processes::Process;

fn process(pid: u32, resident: u64, ticks: f64) -> Process {
    Process { pid, resident, ticks, ..Process::default() }
}

#[test]
fn processor_time_is_that_of_processes_that_were_there_all_the_time() {
    let before = [process(1, 0, 100.0), process(2, 0, 50.0)];
    let after = [process(1, 0, 150.0), process(3, 0, 900.0)];
    assert!((spent(&before, &after) - 0.5).abs() < 1e-9);
}

#[test]
fn memory_is_that_of_all_processes() {
    assert_eq!(resident(&[process(1, 10, 0.0), process(2, 20, 0.0)]), 30);
}
