//! What is printed: a line per round, then a table of all rounds and the ratios between the servers.

use std::fs;

use anyhow::Result;

use super::round::{Outcome, Plan, ratio};
use super::server::Contestant;

const P50: u64 = 500;
const P99: u64 = 990;
const LARGEST: u64 = 1000;

/// Prints the parameters and the load of the machine.
pub(crate) fn begin(plan: &Plan) -> Result<()> {
    let (pace, size) = (plan.pace, plan.size);
    let stalled = if size.stalled > 0 { format!(" and {} that never read", size.stalled) } else { String::new() };
    println!(
        "{} clients{stalled}, {} positions a second of {} deliveries, {} due together; {} s after {} s of warm-up; load average {}",
        size.clients,
        pace.rate,
        pace.deliveries,
        pace.together,
        plan.seconds,
        plan.warm_up,
        load()?
    );
    println!(
        "round server deliveries/CPU-s | CPU s own + kernel | age p50 p99 max ms | positions a frame, bytes each | KiB idle | memory, sockets KiB"
    );
    Ok(())
}

/// One round.
pub(crate) fn line(number: u32, outcome: &Outcome) {
    println!(
        "{number} {:<17} {:>8.0} | {:.2} + {:.2} (clients {:.2}) | {:.1} {:.1} {:.1} | {:.1} {:.0} | {:.1} | {}->{} {}->{}{}",
        outcome.contestant.name(),
        outcome.per_cpu(),
        outcome.cpu.0,
        outcome.cpu.1,
        outcome.client_cpu,
        outcome.ages.quantile(P50),
        outcome.ages.quantile(P99),
        outcome.ages.quantile(LARGEST),
        ratio(outcome.deliveries, outcome.frames),
        ratio(outcome.bytes, outcome.deliveries),
        outcome.idle,
        outcome.memory.0,
        outcome.memory.1,
        outcome.sockets.0,
        outcome.sockets.1,
        if outcome.deliveries == outcome.due {
            String::new()
        } else {
            format!(
                " | {:.1} % delivered, {} reported as conflated",
                100.0 * ratio(outcome.deliveries, outcome.due),
                outcome.conflated
            )
        },
    );
}

/// All rounds.
pub(crate) fn end(servers: &[Contestant], outcomes: &[Outcome]) -> Result<()> {
    let of = |server: Contestant| outcomes.iter().filter(move |outcome| outcome.contestant == server);
    println!("\nload average {}\n", load()?);
    println!(
        "| server | deliveries per CPU-second | age p50 ms | age p99 ms | positions a frame | bytes a position | KiB an idle connection |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for server in servers.iter().filter(|server| of(**server).next().is_some()) {
        let spread = |figure: fn(&Outcome) -> f64, digits| spread(of(*server).map(figure).collect(), digits);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            server.name(),
            spread(Outcome::per_cpu, 0),
            spread(|outcome| outcome.ages.quantile(P50), 1),
            spread(|outcome| outcome.ages.quantile(P99), 1),
            spread(|outcome| ratio(outcome.deliveries, outcome.frames), 1),
            spread(|outcome| ratio(outcome.bytes, outcome.deliveries), 0),
            spread(|outcome| outcome.idle, 1),
        );
    }
    println!();
    for ours in servers.iter().filter(|server| server.is_ours()) {
        for peer in servers.iter().filter(|server| !server.is_ours()) {
            let pairs =
                of(*ours).zip(of(*peer)).map(|(ours, peer)| (ours.per_cpu() / peer.per_cpu(), age(ours) / age(peer)));
            let (work, age): (Vec<_>, Vec<_>) = pairs.unzip();
            if !work.is_empty() {
                println!(
                    "{} / {}: deliveries per CPU-second {}; age p99 {}",
                    ours.name(),
                    peer.name(),
                    spread(work, 2),
                    spread(age, 2)
                );
            }
        }
    }
    Ok(())
}

fn age(outcome: &Outcome) -> f64 {
    outcome.ages.quantile(P99)
}

/// The median, minimum and maximum.
pub(super) fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() {
        0 => return "-".to_owned(),
        count if count % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    };
    format!("{median:.digits$} ({:.digits$}–{:.digits$})", values[0], values[values.len() - 1])
}

/// The load averages of one, five and fifteen minutes.
pub(super) fn load() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
#[path = "tests/report.rs"]
mod tests;
