//! The judgement at the end of a run: waits until what is judged is there, and has it judged.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use kube::ResourceExt;

use super::{END_LIMIT, Run, until};
use crate::client::ledger::{Ledger, Mode};
use crate::evidence::delivery_store;
use crate::evidence::log::{self, LogEvidence};
use crate::evidence::pods::PodWatch;
use crate::faults::injector::Injector;
use crate::faults::promised::sink::Sink;
use crate::faults::trial::Trial;
use crate::load::objects;
use crate::schedule::Fault;
use crate::verdict::judge::{self, Promise};
use crate::verdict::report::Effect;
use crate::verdict::step::{self, Done};

/// How long the restoration of the sink may take.
const RESTORE_LIMIT: Duration = Duration::from_mins(3);

impl Run {
    /// The promises, judged once everything has arrived or time is up.
    pub(super) async fn judge(
        &self,
        injector: &Injector,
        pods: &PodWatch,
        requests: &[String],
        failures: Vec<String>,
        done: &[Done<Effect>],
    ) -> Result<Vec<Promise>> {
        let setting = &self.setting;
        let lists = injector.lists.ids();
        let finished = async || log::unfinished(setting, &lists).await.is_ok_and(|left| left.is_empty());
        until(setting.size.finishing(), finished).await;
        let evidence = log::read(setting).await.context("the log could not be read at the end")?;
        // Everything in the log, in the lists and in the API server.
        let objects =
            setting.cluster.deliveries().list(&kube::api::ListParams::default().labels(&setting.label())).await?;
        let mut expected = lists;
        expected.extend(evidence.reports.keys().cloned());
        expected.extend(objects.iter().filter_map(ResourceExt::uid));
        until(END_LIMIT, async || is_settled(injector, &expected, &evidence)).await;
        // A late repeat counts as well.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let _ = self.stop.send(true);

        let documents = Box::pin(self.documents(&expected, &evidence)).await;
        let mut promises = vec![judge::complete(&expected, &evidence)];
        for mode in [Mode::All, Mode::Latest] {
            let guards: Vec<_> = injector.clients.iter().map(|client| client.ledger()).collect();
            let ledgers: Vec<(usize, &Ledger)> = guards.iter().map(|guard| &**guard).enumerate().collect();
            let of_mode = ledgers.into_iter().filter(|(number, _)| injector.clients[*number].kind.mode == mode);
            promises.push(judge::received(mode, of_mode, &expected, &evidence.ends));
        }
        promises.push(match &documents {
            Ok(documents) => judge::agrees(documents.as_ref(), &expected, &evidence.ends),
            Err(error) => Promise::tried("MongoDB agrees with the log", String::new(), vec![format!("{error:#}")]),
        });
        if let Some(sink) = &injector.sink {
            promises.push(match log::index(setting, &expected).await {
                Ok((positions, facts)) => {
                    Promise::tried("the index agrees with the log", format!("{positions} positions"), facts)
                }
                Err(error) => {
                    Promise::tried("the index agrees with the log", String::new(), vec![format!("{error:#}")])
                }
            });
            promises.extend(self.sink(sink).await);
        }
        promises.push(pods.with(|registry| judge::pods(registry)));
        let seen = injector.activity.with(|activity| {
            activity.requests.iter().map(|(id, (_, became))| (id.clone(), became.clone())).collect::<HashMap<_, _>>()
        });
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for (request, delivery) in objects::requested_deliveries(setting).await? {
            names.entry(request).or_default().push(delivery.name_any());
        }
        promises.push(judge::once(requests, failures, &evidence.requested, &seen, &names));
        let leaders: Vec<_> = done
            .iter()
            .filter(|step| step.seen.kind == Some(Fault::KafkaLeader) && step.hit)
            .map(|step| (format!("{} at {:.0} s", step.target, step.at), step.seen.silences.clone()))
            .collect();
        if !leaders.is_empty() {
            promises.push(judge::nothing_stopped(&leaders));
        }
        promises.extend(Self::trials(injector, done).await?);
        promises.push(step::carried_out(done));
        Ok(promises)
    }

    /// The promises of the faults that have one.
    async fn trials(injector: &Injector, done: &[Done<Effect>]) -> Result<Vec<Promise>> {
        let mut trials: BTreeMap<Fault, Vec<(f64, Trial)>> = BTreeMap::new();
        for Done { at, seen: Effect { kind, trial, .. }, .. } in done {
            if let (Some(fault), Some(trial)) = (kind, trial) {
                trials.entry(*fault).or_default().push((*at, trial.clone()));
            }
        }
        // What the gateways are given time for was going on until now.
        if let Some(closed) = injector.crowd.closed().await?
            && let Some(of_sockets) = trials.get_mut(&Fault::UnreadSockets)
        {
            let at = of_sockets.last().map_or(0.0, |(at, _)| *at);
            of_sockets.push((at, closed));
        }
        Ok(trials.iter().filter_map(|(fault, trials)| Some(judge::trials(fault.promise()?, trials))).collect())
    }

    /// The promises about the sink, once they are kept or time is up.
    async fn sink(&self, sink: &Sink) -> Vec<Promise> {
        let began = Instant::now();
        loop {
            let missing = sink.missing(&self.setting).await.unwrap_or_else(|error| vec![format!("{error:#}")]);
            let undelivered = sink.undelivered(&self.setting).await;
            let (bad, undelivered) = undelivered.unwrap_or_else(|error| (0, vec![format!("{error:#}")]));
            let kept = missing.is_empty() && undelivered.is_empty();
            if kept || began.elapsed() > RESTORE_LIMIT {
                let restored = "all connectors are running, and what was deleted of the sink has been restored";
                let dead_lettered = "every bad record is in the dead-letter topic with the reason";
                return vec![
                    Promise::tried(restored, "all connectors and one template".to_owned(), missing),
                    match bad {
                        0 if undelivered.is_empty() => Promise::untried(dead_lettered, "there was none"),
                        _ => Promise::tried(dead_lettered, format!("{bad} records"), undelivered),
                    },
                ];
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// MongoDB's documents, once they agree with the log or time is up.
    async fn documents(
        &self,
        expected: &HashSet<String>,
        evidence: &LogEvidence,
    ) -> Result<Option<HashMap<String, mongodb::bson::Document>>> {
        let began = Instant::now();
        loop {
            let found = delivery_store::read(&self.setting).await;
            let agrees = found
                .as_ref()
                .is_ok_and(|found| judge::agrees(found.as_ref(), expected, &evidence.ends).kept != Some(false));
            if agrees || began.elapsed() > END_LIMIT {
                return found;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// Whether all clients have received everything.
fn is_settled(injector: &Injector, expected: &HashSet<String>, evidence: &LogEvidence) -> bool {
    injector.clients.iter().all(|client| {
        let ledger = client.ledger();
        expected.iter().all(|id| evidence.ends.get(id).is_none_or(|truth| ledger.lacks(id, truth).is_none()))
    })
}
