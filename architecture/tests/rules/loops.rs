//! A loop that comes round at intervals is watched: it has a heartbeat, so that `/readyz`, the log and a metric name it when it hangs.

use crate::sources::Sources;

/// How a loop waits for its interval.
const TICKS: [&str; 5] = [".tick().await", ".tick() =>", "sleep(EVERY)", "sleep(LOOK)", "sleep(self.interval)"];
/// How a heartbeat learns of a round.
const ROUNDS: [&str; 3] = [".round()", ".during(", " round()"];
/// Loops that need none: that of each client, whose every write and silence has a time limit; the watchdog itself; and the measurement of
/// groups, which is part of what they measure.
const APART_LOOPS: [&str; 3] =
    ["gateway/src/connection/session.rs", "observability/src/life/health.rs", "kafka/src/consume/lag.rs"];
/// What only tests or measures, and a user's own program.
const APART: [&str; 5] = ["bench", "chaos", "e2e", "fuzz", "kubectl-delivery"];

/// The files with a loop that nobody watches.
pub(crate) fn unwatched(sources: &Sources) -> Vec<String> {
    if APART.contains(&sources.name.as_str()) {
        return Vec::new();
    }
    let has = |text: &str, any: &[&str]| any.iter().any(|one| text.contains(one));
    let found = sources.product().filter(|(_, text)| has(text, &TICKS) && !has(text, &ROUNDS));
    let paths = found.map(|(path, _)| sources.path(path)).filter(|path| !APART_LOOPS.contains(&path.as_str()));
    paths.map(|path| format!("{path} has a loop without a heartbeat; see Health::heartbeat")).collect()
}

#[test]
fn a_loop_that_nobody_watches_is_found() {
    let (plain, watched) =
        ("loop { tick.tick().await; }", "loop { tick.tick().await; let _round = heartbeat.round(); }");
    let selecting = "select! { _ = tick.tick() => {} }";
    let sources = Sources::of([
        ("src/a.rs", plain),
        ("src/b.rs", watched),
        ("src/c.rs", selecting),
        ("src/d.rs", "loop {}"),
        ("src/e.rs", "loop { tokio::time::sleep(EVERY).await; }"),
        ("src/tests/a.rs", plain),
    ]);
    let found = unwatched(&sources);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].starts_with("fixture/src/a.rs has a loop") && found[1].starts_with("fixture/src/c.rs"),
        "{found:?}"
    );
}
