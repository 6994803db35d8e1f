//! What the measurements say: medians of the rounds, each server beside the best peer at the same point, and beside what the plainest program
//! could do.
//!
//! Pure. Figures that are missing count as 0, so that results of an older program can still be read.

use serde_json::{Value, json};

use super::point::{Cell, Point};
use crate::fanout::report::spread;
use crate::fanout::server::Contestant;

/// How old positions may always be, p99 in milliseconds, whatever a peer reaches.
const YOUNG: f64 = 15.0;
/// What part of the plainest program's deliveries is enough where nothing more is possible.
const OF_LIMIT: f64 = 0.8;

/// A server at a point.
#[derive(Clone, Debug)]
pub(super) struct Load {
    point: Point,
    contestant: Contestant,
    /// Deliveries per CPU-second in each round; of the others, the median of the rounds.
    work: Vec<f64>,
    p50: f64,
    p99: f64,
    p999: f64,
    bytes: f64,
    positions: f64,
    idle_kib: f64,
    memory_mib: f64,
    /// The part of the positions that reached the clients: less than 1 where they were conflated.
    delivered: f64,
    beside: Option<Beside>,
    /// Deliveries per CPU-second as a part of the plainest program's, with as many positions in a write.
    of_limit: Option<f64>,
}

/// How many times the figures of the best peers.
#[derive(Clone, Copy, Debug)]
struct Beside {
    work: f64,
    age: f64,
    /// Whether the age is as young as is asked for.
    young: bool,
}

/// Connections to a server that sends nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Idle {
    connections: usize,
    contestant: Contestant,
    kib: f64,
}

/// Sums up the figures of the measurements that have been made.
pub(super) fn sum_up<'a>(cells: &[Cell], of: impl Fn(&str) -> Option<&'a Value>) -> (Vec<Load>, Vec<Idle>) {
    let mut rounds: Vec<(Point, Contestant, Vec<&Value>)> = Vec::new();
    let mut limits: Vec<(Point, f64)> = Vec::new();
    let mut idle = Vec::new();
    for cell in cells {
        let Some(figures) = of(&cell.key()) else { continue };
        match *cell {
            Cell::Server { point, contestant, .. } => {
                let known = rounds.iter_mut().find(|known| (known.0, known.1) == (point, contestant));
                match known {
                    Some((_, _, several)) => several.push(figures),
                    None => rounds.push((point, contestant, vec![figures])),
                }
            }
            Cell::Limit { point, .. } => limits.push((point, number(figures, "writes") / cpu(figures))),
            Cell::Idle { connections, contestant } => {
                idle.push(Idle { connections, contestant, kib: number(figures, "idleKib") });
            }
        }
    }
    let mut loads: Vec<Load> =
        rounds.iter().map(|(point, contestant, several)| load(*point, *contestant, several)).collect();
    let peers: Vec<Load> = loads.iter().filter(|load| !load.contestant.is_ours()).cloned().collect();
    for load in &mut loads {
        let point = load.point;
        let peers = || peers.iter().filter(move |peer| peer.point == point);
        let most = peers().map(|peer| median(&peer.work)).reduce(f64::max);
        let youngest = peers().map(|peer| peer.p99).reduce(f64::min);
        load.beside = most.zip(youngest).map(|(most, youngest)| Beside {
            work: median(&load.work) / most.max(f64::EPSILON),
            age: load.p99 / youngest.max(f64::EPSILON),
            young: load.p99 <= youngest.max(YOUNG),
        });
        let writes: Vec<f64> =
            limits.iter().filter(|(point, _)| *point == load.point).map(|(_, writes)| *writes).collect();
        if !writes.is_empty() {
            load.of_limit = Some(median(&load.work) / (median(&writes) * load.positions).max(f64::EPSILON));
        }
    }
    (loads, idle)
}

fn load(point: Point, contestant: Contestant, rounds: &[&Value]) -> Load {
    let of = |name: &str| median(&rounds.iter().map(|figures| number(figures, name)).collect::<Vec<_>>());
    let quotient = |name: &str, by: &str| {
        let each = rounds.iter().map(|figures| number(figures, name) / number(figures, by).max(1.0));
        median(&each.collect::<Vec<_>>())
    };
    Load {
        point,
        contestant,
        work: rounds.iter().map(|figures| number(figures, "deliveries") / cpu(figures)).collect(),
        p50: of("p50"),
        p99: of("p99"),
        p999: of("p999"),
        bytes: quotient("bytes", "deliveries"),
        positions: quotient("deliveries", "reads"),
        idle_kib: of("idleKib"),
        memory_mib: of("memoryMib"),
        delivered: quotient("deliveries", "due"),
        beside: None,
        of_limit: None,
    }
}

impl Load {
    /// Whether a server of ours reaches what is asked for beside the best peers; none where there is none, and for the peers themselves.
    fn meets_target(&self) -> Option<bool> {
        let beside = self.beside.filter(|_| self.contestant.is_ours())?;
        let cheap = beside.work >= self.point.target() || self.of_limit.is_some_and(|part| part >= OF_LIMIT);
        Some(cheap && beside.young)
    }
}

/// One measurement in a line.
pub(super) fn line(figures: &Value) -> String {
    if figures.get("deliveries").is_some() {
        let [p50, p99] = ["p50", "p99"].map(|name| number(figures, name));
        let work = number(figures, "deliveries") / cpu(figures);
        format!("{work:.0} deliveries per CPU-second, age p50 {p50:.1} ms, p99 {p99:.1} ms")
    } else if figures.get("writes").is_some() {
        format!("{:.0} writes per CPU-second", number(figures, "writes") / cpu(figures))
    } else {
        format!("{:.1} KiB per connection", number(figures, "idleKib"))
    }
}

/// The tables.
pub(super) fn markdown(loads: &[Load], idle: &[Idle]) -> String {
    let mut lines = vec![
        "| clients × positions a second | server | deliveries per CPU-second | × best peer | age p50, p99, p99.9 ms | p99 × best peer's | \
         bytes a position | positions a write | memory MiB | of the limit | target |"
            .to_owned(),
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |".to_owned(),
    ];
    lines.extend(loads.iter().map(row));
    if !idle.is_empty() {
        lines.push(String::new());
        lines.push("| idle connections | server | KiB each |".to_owned());
        lines.push("| ---: | --- | ---: |".to_owned());
        lines.extend(
            idle.iter().map(|idle| format!("| {} | {} | {:.1} |", idle.connections, idle.contestant.name(), idle.kib)),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}

fn row(load: &Load) -> String {
    let times =
        |of: fn(&Beside) -> f64| load.beside.as_ref().map(|beside| format!("{:.2}", of(beside))).unwrap_or_default();
    let conflated =
        if load.delivered < 0.9995 { format!(" ({:.1} % delivered)", load.delivered * 100.0) } else { String::new() };
    let target = match load.meets_target() {
        Some(true) => "met",
        Some(false) => "missed",
        None => "",
    };
    format!(
        "| {} × {} | {}{conflated} | {} | {} | {:.1}, {:.1}, {:.1} | {} | {:.0} | {:.1} | {:.1} | {} | {target} |",
        load.point.clients,
        load.point.rate,
        load.contestant.name(),
        spread(load.work.clone(), 0),
        times(|beside| beside.work),
        load.p50,
        load.p99,
        load.p999,
        times(|beside| beside.age),
        load.bytes,
        load.positions,
        load.memory_mib,
        load.of_limit.map(|part| format!("{part:.2}")).unwrap_or_default(),
    )
}

/// The same as JSON.
pub(super) fn json(loads: &[Load], idle: &[Idle]) -> Value {
    let loads: Vec<Value> = loads
        .iter()
        .map(|load| {
            json!({
                "clients": load.point.clients, "rate": load.point.rate, "server": load.contestant.name(),
                "deliveriesPerCpuSecond": {"median": median(&load.work), "rounds": load.work},
                "ageMs": {"p50": load.p50, "p99": load.p99, "p999": load.p999},
                "bytesPerPosition": load.bytes, "positionsPerWrite": load.positions,
                "kibPerConnection": load.idle_kib, "memoryMib": load.memory_mib, "delivered": load.delivered,
                "besideBestPeer": load.beside.map(|beside| json!({"deliveriesPerCpuSecond": beside.work, "ageP99": beside.age})),
                "ofLimit": load.of_limit, "meetsTarget": load.meets_target(),
            })
        })
        .collect();
    let idle: Vec<Value> = idle
        .iter()
        .map(|idle| json!({"connections": idle.connections, "server": idle.contestant.name(), "kibPerConnection": idle.kib}))
        .collect();
    json!({"loads": loads, "idle": idle})
}

fn number(figures: &Value, name: &str) -> f64 {
    figures[name].as_f64().unwrap_or_default()
}

/// The CPU seconds of the server, or of the plainest program.
fn cpu(figures: &Value) -> f64 {
    (number(figures, "own") + number(figures, "kernel")).max(f64::EPSILON)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

#[cfg(test)]
#[path = "tests/table.rs"]
mod tests;
