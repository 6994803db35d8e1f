//! One run, from its first object to its verdict.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kube::ResourceExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::args::{Arguments, Output};
use crate::client::ledger::{Ledger, Mode};
use crate::client::session::{self, Client, Kind};
use crate::evidence::activity::ActivityWatch;
use crate::evidence::log::{self, LogEvidence};
use crate::evidence::pods::PodWatch;
use crate::evidence::{delivery_store, kafka};
use crate::faults::inject::Injector;
use crate::faults::recovery;
use crate::faults::sink::Sink;
use crate::load::lists::Lists;
use crate::load::requests::Requests;
use crate::load::{objects, replicas};
use crate::schedule::{self, Capabilities, Fault, SinkFaults, Step};
use crate::setting::Setting;
use crate::verdict::judge::{self, Promise};
use crate::verdict::report::{self, Done, Outcome};

/// How long all deliveries may take to start.
const START_LIMIT: Duration = Duration::from_mins(3);
/// How long the clients may take to receive the end after all have arrived.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);
/// How many deliveries that did not recover are named.
const MAX_NAMED: usize = 3;
/// How long the restoration of the sink may take.
const RESTORE_LIMIT: Duration = Duration::from_mins(1);

/// A run, and what has to be cleaned up after it.
pub(crate) struct Run {
    setting: Arc<Setting>,
    arguments: Arguments,
    seed: u64,
    began: Instant,
    injector: OnceLock<Arc<Injector>>,
    stop: watch::Sender<bool>,
}

impl Run {
    pub(crate) fn new(setting: Setting, arguments: Arguments) -> Self {
        let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
        let (stop, _) = watch::channel(false);
        let injector = OnceLock::new();
        Self { setting: Arc::new(setting), arguments, seed, began: Instant::now(), injector, stop }
    }

    /// How long the run may take.
    pub(crate) fn limit(&self) -> Duration {
        self.setting.size.limit
    }

    fn say(&self, text: &str) {
        if self.arguments.output == Output::Table {
            println!("{text}");
        } else {
            eprintln!("{text}");
        }
    }

    /// Carries out the whole run.
    pub(crate) async fn go(&self) -> Result<Outcome> {
        let setting = &self.setting;
        let brokers = kafka::metadata(&setting.kafka).await?.brokers().len();
        let sink = Sink::find(setting).await;
        let capabilities = Capabilities {
            brokers: brokers >= 3,
            kubelet: self.arguments.kill_kubelet.is_some(),
            upgrade: self.arguments.upgrade.is_some(),
            sink: match (&sink, self.arguments.short) {
                (None, _) => SinkFaults::None,
                (Some(_), true) => SinkFaults::Kills,
                (Some(_), false) => SinkFaults::All,
            },
        };
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let steps = schedule::plan(&mut rng, capabilities, setting.size.rounds, setting.size.gap);
        self.say(&format!(
            "Seed {}: {} deliveries ({} with their own pod, {} in {} lists), {} clients, {brokers} broker{}, {} steps.",
            self.seed,
            setting.size.deliveries(),
            setting.size.objects,
            setting.size.lists * setting.size.list_length,
            setting.size.lists,
            setting.size.clients,
            if brokers == 1 { "" } else { "s" },
            steps.len()
        ));
        objects::remove(setting, None).await?;
        replicas::raise(setting).await?;

        let activity = ActivityWatch::default();
        let pods = PodWatch::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(activity.clone().positions(Arc::clone(setting)));
        tasks.spawn(activity.clone().plans(Arc::clone(setting)));
        tasks.spawn(pods.clone().follow(setting.cluster.pods(), format!("{}-", setting.run)));
        let routes = objects::routes(setting).await?;
        let lists = Lists::new(routes);
        let clients = self.connect(&mut rng).await;
        let Arguments { kill_kubelet, mend_node, upgrade, .. } = self.arguments.clone();
        let (setting, broken) = (Arc::clone(setting), AtomicBool::new(false));
        let injector = Injector { setting, lists, clients, activity, sink, kill_kubelet, mend_node, upgrade, broken };
        let injector = self.injector.get_or_init(|| Arc::new(injector));
        self.begin(injector).await?;

        let mut requests = Requests::new(Arc::clone(&self.setting));
        let done = self.steps(injector, &steps, &mut requests, &mut rng).await;
        let failures = requests.finish().await;
        injector.mend().await?;
        let promises = self.judge(injector, &pods, &requests.ids, failures, &done).await?;
        // They watch forever; if one has ended, it missed something.
        if let Some(ended) = tasks.try_join_next() {
            ended?.context("a watch of this program ended early")?;
            bail!("a watch of this program ended early");
        }
        tasks.shutdown().await;
        let sum = |count: fn(&Client) -> &AtomicU64| {
            injector.clients.iter().map(|client| count(client).load(Ordering::Relaxed)).sum::<u64>()
        };
        Ok(Outcome {
            run: self.setting.run.clone(),
            seed: self.seed,
            deliveries: self.setting.size.deliveries(),
            clients: injector.clients.len(),
            brokers,
            seconds: self.began.elapsed().as_secs_f64(),
            connections: [sum(|one| &one.connections), sum(|one| &one.resumed), sum(|one| &one.refused)],
            steps: done,
            promises,
        })
    }

    /// Starts the clients, and waits a while for each to connect.
    async fn connect(&self, rng: &mut fastrand::Rng) -> Vec<Arc<Client>> {
        let clients: Vec<_> = (0..self.setting.size.clients).map(|n| Arc::new(Client::new(Kind::of(n)))).collect();
        for client in &clients {
            let address = self.setting.gateway.clone();
            tokio::spawn(session::run(Arc::clone(client), address, rng.fork(), self.stop.subscribe()));
        }
        let all = || clients.iter().all(|client| client.connections.load(Ordering::Relaxed) > 0);
        if !until(SETTLE_LIMIT, async || all()).await {
            let missing = clients.iter().filter(|client| client.connections.load(Ordering::Relaxed) == 0).count();
            self.say(&format!("{missing} clients could not connect yet; they keep trying."));
        }
        clients
    }

    /// Starts the deliveries, and waits for all of them to move.
    async fn begin(&self, injector: &Injector) -> Result<()> {
        for _ in 0..self.setting.size.lists {
            injector.lists.add(&self.setting).await?;
        }
        objects::deliveries(&self.setting, 0..self.setting.size.objects).await?;
        let wanted = self.setting.size.deliveries();
        let all_move = async || injector.activity.with(|activity| activity.deliveries.len()) >= wanted;
        let moving = until(START_LIMIT, all_move).await;
        let under_way = injector.activity.with(|activity| activity.under_way());
        anyhow::ensure!(moving, "only {under_way} of {wanted} deliveries are moving after {START_LIMIT:?}");
        self.say(&format!(
            "All deliveries are moving after {:.0} s.\n\n{}",
            self.began.elapsed().as_secs_f64(),
            report::head()
        ));
        Ok(())
    }

    async fn steps(
        &self,
        injector: &Injector,
        steps: &[Step],
        requests: &mut Requests,
        rng: &mut fastrand::Rng,
    ) -> Vec<Done> {
        let (first, mut all) = (tokio::time::Instant::now(), Vec::new());
        let mut created = self.setting.size.objects;
        for step in steps {
            tokio::time::sleep_until(first + step.due).await;
            if let Err(error) = self.renew(injector, &mut created).await {
                self.say(&format!("No new deliveries could be started: {error:#}"));
            }
            let at = self.began.elapsed().as_secs_f64();
            let under_way = injector.activity.with(|activity| activity.under_way());
            injector.activity.restart_silences();
            let (request, sent) = (requests.send(rng), Instant::now());
            let outcome = Box::pin(injector.inject(step.fault, rng)).await;
            let recovery = recovery::watch(injector, (&request, sent)).await;
            let now = Instant::now();
            let (silence, silences) =
                injector.activity.with(|activity| (activity.silence(now), activity.silences(now)));
            let named = if recovery.log.is_none() { MAX_NAMED } else { 0 };
            let silent =
                injector.activity.with(|activity| activity.silent_since(sent).take(named).map(str::to_owned).collect());
            let silence = silence.as_secs_f64();
            let (hit, target) = match outcome {
                Ok(target) => (true, target),
                Err(error) => (false, format!("{error:#}")),
            };
            let (kind, fault) = (Some(step.fault), step.fault.name());
            let step = Done { at, fault, target, hit, under_way, silence, silent, recovery, kind, silences };
            self.say(&report::row(&step));
            all.push(step);
        }
        self.say(&format!("\n{}\n", report::LEGEND));
        all
    }

    /// On a slow machine deliveries arrive before the schedule ends: when half of them have, new ones are started.
    async fn renew(&self, injector: &Injector, objects: &mut usize) -> Result<()> {
        let (size, lists) = (&self.setting.size, injector.lists.ids());
        let under_way = || injector.activity.with(|activity| (activity.under_way(), activity.under_way_of(&lists)));
        let (all, of_lists) = under_way();
        let more = size.objects / 2;
        if all - of_lists < more {
            objects::deliveries(&self.setting, *objects..*objects + more).await?;
            *objects += more;
        }
        if of_lists < size.lists * size.list_length / 2 {
            injector.lists.add(&self.setting).await?;
        }
        let enough = async || injector.activity.with(|activity| activity.under_way()) >= more + size.list_length;
        until(SETTLE_LIMIT, enough).await;
        Ok(())
    }

    async fn judge(
        &self,
        injector: &Injector,
        pods: &PodWatch,
        requests: &[String],
        failures: Vec<String>,
        done: &[Done],
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
        until(SETTLE_LIMIT, async || is_settled(injector, &expected, &evidence)).await;
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
            .filter(|step| step.kind == Some(Fault::KafkaLeader) && step.hit)
            .map(|step| (format!("{} at {:.0} s", step.target, step.at), step.silences.clone()))
            .collect();
        if !leaders.is_empty() {
            promises.push(judge::nothing_stopped(&leaders));
        }
        let missed = done.iter().filter(|step| !step.hit);
        let missed = missed.map(|step| format!("{} at {:.0} s: {}", step.fault, step.at, step.target)).collect();
        promises.push(Promise::tried(
            "every step of the schedule was carried out",
            format!("{} steps", done.len()),
            missed,
        ));
        Ok(promises)
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
            if agrees || began.elapsed() > SETTLE_LIMIT {
                return found;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Cleans up what the run has created so far.
    pub(crate) async fn clean(&self) -> Result<()> {
        let _ = self.stop.send(true);
        if let Some(injector) = self.injector.get() {
            injector.mend().await?;
        }
        objects::remove(&self.setting, Some(&self.setting.run)).await?;
        replicas::restore(&self.setting).await?;
        if let Some(injector) = self.injector.get() {
            let left = log::unfinished(&self.setting, &HashSet::new()).await?;
            injector.lists.cancel(&self.setting, &left).await?;
        }
        Ok(())
    }
}

/// Whether all clients have received everything.
fn is_settled(injector: &Injector, expected: &HashSet<String>, evidence: &LogEvidence) -> bool {
    injector.clients.iter().all(|client| {
        let ledger = client.ledger();
        expected.iter().all(|id| evidence.ends.get(id).is_none_or(|truth| ledger.lacks(id, truth).is_none()))
    })
}

/// Polls; false if it has not become true in time.
async fn until(limit: Duration, mut wanted: impl AsyncFnMut() -> bool) -> bool {
    let began = Instant::now();
    while !wanted().await {
        if began.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    true
}
