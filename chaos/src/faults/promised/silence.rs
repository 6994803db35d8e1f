//! Silences Kafka: the processes of a broker are stopped, while its connections stay open and new ones are accepted by the kernel. Its
//! clients must notice by their own time limits, and go on afterwards.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use crate::evidence::activity::ActivityWatch;
use crate::faults::gateways::{Gateway, is_away};
use crate::faults::process;
use crate::faults::trial::{Hit, Trial, time_until};

/// The name of Kafka in `/readyz`.
const KAFKA: &str = "kafka";
/// How long the gateways may take to find Kafka again, and deliveries to have new positions in the log.
const FOUND: Duration = Duration::from_secs(90);
const MOVES: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_millis(500);

/// The processes that are stopped.
#[derive(Debug, Default)]
pub(crate) struct Silenced(Mutex<Vec<u32>>);

impl Silenced {
    /// Silences a broker for a while. If it is the only one, every gateway must say so in `/readyz`.
    ///
    /// # Errors
    /// When it was not silent all the time.
    pub(crate) async fn silence(
        &self,
        (broker, is_only): (&Pod, bool),
        gateways: &[Gateway],
        activity: &ActivityWatch,
        silent: Duration,
    ) -> Result<Hit> {
        let pids = process::of(broker)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&pids);
        let seen = watch(&pids, gateways, silent).await;
        let was_silent = process::are_stopped(&pids);
        self.go_on().await?;
        let (resumed, noticed) = (Instant::now(), seen?);
        ensure!(
            was_silent,
            "the processes {pids:?} of {} were not stopped any more after {silent:?}; expected them to be silent all the time, but \
             something has let them go on or restarted them",
            broker.name_any()
        );
        let mut trial = Trial::default();
        if is_only {
            trial.object(unnoticed(gateways, &noticed, silent));
            let slowest = noticed.values().max().copied().filter(|_| noticed.len() == gateways.len());
            trial.recovered("every gateway says so", slowest, silent);
        }
        let found = async || {
            for gateway in gateways {
                if !gateway.report().await.is_ok_and(|report| !is_away(&report, KAFKA)) {
                    return false;
                }
            }
            true
        };
        trial.recovered("every gateway has found it again", time_until(FOUND, found).await, FOUND);
        let moves = async || activity.with(|activity| activity.silent_since(resumed).count()) == 0;
        trial.recovered("every delivery moves again", time_until(MOVES, moves).await, MOVES);
        Ok(Hit { target: format!("{} for {silent:?}", broker.name_any()), trial: Some(trial) })
    }

    /// Lets the stopped processes go on, if there are any.
    pub(crate) async fn go_on(&self) -> Result<()> {
        let pids = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !pids.is_empty() {
            process::go_on(&pids).await?;
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        Ok(())
    }
}

/// Stops the processes, and returns after which time each gateway, by name, has said that Kafka is away.
async fn watch(pids: &[u32], gateways: &[Gateway], silent: Duration) -> Result<BTreeMap<String, Duration>> {
    process::stop(pids).await?;
    let (began, mut noticed) = (Instant::now(), BTreeMap::new());
    while began.elapsed() < silent {
        for gateway in gateways.iter().filter(|gateway| !noticed.contains_key(&gateway.name)).collect::<Vec<_>>() {
            if gateway.report().await.is_ok_and(|report| is_away(&report, KAFKA)) {
                noticed.insert(gateway.name.clone(), began.elapsed());
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(noticed)
}

/// The gateways that have not noticed.
fn unnoticed(gateways: &[Gateway], noticed: &BTreeMap<String, Duration>, silent: Duration) -> Vec<String> {
    let missing = gateways.iter().filter(|gateway| !noticed.contains_key(&gateway.name));
    let fact = |gateway: &Gateway| {
        format!(
            "{} did not say \"dependency away: {KAFKA}\" in /readyz, although Kafka was silent for {silent:?}",
            gateway.name
        )
    };
    missing.map(fact).collect()
}

#[cfg(test)]
#[path = "tests/silence.rs"]
mod tests;
