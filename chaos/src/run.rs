//! One run, from its first object to its judgement.

use crate::args::{Arguments, Output};
use crate::client::{self, Client, Kind};
use crate::fleet::Fleets;
use crate::harm::Hand;
use crate::judge::{self, Promise};
use crate::ledger::{Ledger, Mode};
use crate::pods::Watch;
use crate::pulse::Pulse;
use crate::report::{self, Done, Outcome};
use crate::requests::Requests;
use crate::schedule::{self, Harm, Means, SinkHarm, Step};
use crate::setting::Setting;
use crate::sink::Sink;
use crate::truth::{self, Record};
use crate::{history, load, log, recovery, replicas};
use anyhow::{Context, Result, bail};
use kube::ResourceExt;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long all may take to begin, and to be told to everybody after all have arrived.
const BEGINNING: Duration = Duration::from_mins(3);
const TELLING: Duration = Duration::from_secs(30);
/// How many deliveries that stand still are named.
const NAMED: usize = 3;
/// How long it may take until what was done to the sink last is put right.
const MENDING: Duration = Duration::from_mins(1);

/// A run, and what has to be taken away after it.
pub(crate) struct Run {
    setting: Arc<Setting>,
    arguments: Arguments,
    seed: u64,
    began: Instant,
    hand: OnceLock<Arc<Hand>>,
    stop: watch::Sender<bool>,
}

impl Run {
    pub(crate) fn new(setting: Setting, arguments: Arguments) -> Self {
        let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
        let (stop, _) = watch::channel(false);
        let hand = OnceLock::new();
        Self { setting: Arc::new(setting), arguments, seed, began: Instant::now(), hand, stop }
    }

    /// The longest that the run may take.
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

    /// Everything; the judgement is printed and returned.
    pub(crate) async fn go(&self) -> Result<Outcome> {
        let setting = &self.setting;
        let brokers = log::metadata(&setting.kafka).await?.brokers().len();
        let sink = Sink::find(setting).await;
        let means = Means {
            brokers: brokers >= 3,
            kubelet: self.arguments.kill_kubelet.is_some(),
            upgrade: self.arguments.upgrade.is_some(),
            sink: match (&sink, self.arguments.short) {
                (None, _) => SinkHarm::None,
                (Some(_), true) => SinkHarm::Kills,
                (Some(_), false) => SinkHarm::All,
            },
        };
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let steps = schedule::plan(&mut rng, means, setting.size.rounds, setting.size.gap);
        self.say(&format!(
            "Seed {}: {} deliveries ({} with a pod of their own, {} in {} lists), {} clients, {brokers} broker{}, {} steps.",
            self.seed,
            setting.size.deliveries(),
            setting.size.objects,
            setting.size.fleets * setting.size.list,
            setting.size.fleets,
            setting.size.clients,
            if brokers == 1 { "" } else { "s" },
            steps.len()
        ));
        load::remove(setting, None).await?;
        replicas::raise(setting).await?;

        let pulse = Pulse::default();
        let pods = Watch::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(pulse.clone().positions(Arc::clone(setting)));
        tasks.spawn(pulse.clone().plans(Arc::clone(setting)));
        tasks.spawn(pods.clone().follow(setting.cluster.pods(), format!("{}-", setting.run)));
        let routes = load::routes(setting).await?;
        let fleets = Fleets::new(routes);
        let clients = self.connect(&mut rng).await;
        let Arguments { kill_kubelet, mend_node, upgrade, .. } = self.arguments.clone();
        let (setting, broken) = (Arc::clone(setting), AtomicBool::new(false));
        let hand = Hand { setting, fleets, clients, pulse, sink, kill_kubelet, mend_node, upgrade, broken };
        let hand = self.hand.get_or_init(|| Arc::new(hand));
        self.begin(hand).await?;

        let mut requests = Requests::new(Arc::clone(&self.setting));
        let done = self.steps(hand, &steps, &mut requests, &mut rng).await;
        let failures = requests.handed_over().await;
        hand.mend().await?;
        let promises = self.judge(hand, &pods, &requests.ids, failures, &done).await?;
        // They watch for ever; one that has ended saw only a part.
        if let Some(ended) = tasks.try_join_next() {
            ended?.context("a watch of this program ended before its time")?;
            bail!("a watch of this program ended before its time");
        }
        tasks.shutdown().await;
        let sum = |count: fn(&Client) -> &AtomicU64| {
            hand.clients.iter().map(|client| count(client).load(Ordering::Relaxed)).sum::<u64>()
        };
        Ok(Outcome {
            run: self.setting.run.clone(),
            seed: self.seed,
            deliveries: self.setting.size.deliveries(),
            clients: hand.clients.len(),
            brokers,
            seconds: self.began.elapsed().as_secs_f64(),
            connections: [sum(|one| &one.connections), sum(|one| &one.resumed), sum(|one| &one.refused)],
            steps: done,
            promises,
        })
    }

    /// Starts the clients, and waits a while until each has got its first snapshot.
    async fn connect(&self, rng: &mut fastrand::Rng) -> Vec<Arc<Client>> {
        let clients: Vec<_> = (0..self.setting.size.clients).map(|n| Arc::new(Client::new(Kind::of(n)))).collect();
        for client in &clients {
            let address = self.setting.gateway.clone();
            tokio::spawn(client::run(Arc::clone(client), address, rng.fork(), self.stop.subscribe()));
        }
        let all = || clients.iter().all(|client| client.connections.load(Ordering::Relaxed) > 0);
        if !until(TELLING, async || all()).await {
            let missing = clients.iter().filter(|client| client.connections.load(Ordering::Relaxed) == 0).count();
            self.say(&format!("{missing} clients have not been able to connect yet; they go on trying."));
        }
        clients
    }

    /// Starts the deliveries, and waits until all move.
    async fn begin(&self, hand: &Hand) -> Result<()> {
        for _ in 0..self.setting.size.fleets {
            hand.fleets.add(&self.setting).await?;
        }
        load::deliveries(&self.setting, 0..self.setting.size.objects).await?;
        let wanted = self.setting.size.deliveries();
        let move_ = async || hand.pulse.with(|rhythm| rhythm.deliveries.len()) >= wanted;
        let moving = until(BEGINNING, move_).await;
        let under_way = hand.pulse.with(|rhythm| rhythm.under_way());
        anyhow::ensure!(moving, "only {under_way} of {wanted} deliveries move after {BEGINNING:?}");
        self.say(&format!("All move after {:.0} s.\n\n{}", self.began.elapsed().as_secs_f64(), report::head()));
        Ok(())
    }

    async fn steps(&self, hand: &Hand, steps: &[Step], requests: &mut Requests, rng: &mut fastrand::Rng) -> Vec<Done> {
        let (first, mut all) = (tokio::time::Instant::now(), Vec::new());
        let mut objects = self.setting.size.objects;
        for step in steps {
            tokio::time::sleep_until(first + step.due).await;
            if let Err(error) = self.renew(hand, &mut objects).await {
                self.say(&format!("No new deliveries could be started: {error:#}"));
            }
            let at = self.began.elapsed().as_secs_f64();
            let under_way = hand.pulse.with(|rhythm| rhythm.under_way());
            hand.pulse.listen();
            let (request, sent) = (requests.send(rng), Instant::now());
            let outcome = Box::pin(hand.inflict(step.harm, rng)).await;
            let recovery = recovery::watch(hand, (&request, sent)).await;
            let now = Instant::now();
            let (silence, silences) = hand.pulse.with(|rhythm| (rhythm.silence(now), rhythm.silences(now)));
            let named = if recovery.log.is_none() { NAMED } else { 0 };
            let silent = hand.pulse.with(|rhythm| rhythm.silent_since(sent).take(named).map(str::to_owned).collect());
            let silence = silence.as_secs_f64();
            let (hit, target) = match outcome {
                Ok(target) => (true, target),
                Err(error) => (false, format!("{error:#}")),
            };
            let (kind, harm) = (Some(step.harm), step.harm.name());
            let step = Done { at, harm, target, hit, under_way, silence, silent, recovery, kind, silences };
            self.say(&report::row(&step));
            all.push(step);
        }
        self.say(&format!("\n{}\n", report::LEGEND));
        all
    }

    /// On a slow machine deliveries arrive before the plan is at its end: when half of them have, new ones follow.
    async fn renew(&self, hand: &Hand, objects: &mut usize) -> Result<()> {
        let (size, lists) = (&self.setting.size, hand.fleets.ids());
        let under_way = || hand.pulse.with(|rhythm| (rhythm.under_way(), rhythm.under_way_of(&lists)));
        let (all, of_lists) = under_way();
        let more = size.objects / 2;
        if all - of_lists < more {
            load::deliveries(&self.setting, *objects..*objects + more).await?;
            *objects += more;
        }
        if of_lists < size.fleets * size.list / 2 {
            hand.fleets.add(&self.setting).await?;
        }
        let enough = async || hand.pulse.with(|rhythm| rhythm.under_way()) >= more + size.list;
        until(TELLING, enough).await;
        Ok(())
    }

    async fn judge(
        &self,
        hand: &Hand,
        pods: &Watch,
        requests: &[String],
        failures: Vec<String>,
        done: &[Done],
    ) -> Result<Vec<Promise>> {
        let setting = &self.setting;
        let lists = hand.fleets.ids();
        let finished = async || truth::unfinished(setting, &lists).await.is_ok_and(|left| left.is_empty());
        until(setting.size.finishing(), finished).await;
        let record = truth::read(setting).await.context("the log cannot be read in the end")?;
        // All that the log knows, what the lists are made of, and what the API server has.
        let objects =
            setting.cluster.deliveries().list(&kube::api::ListParams::default().labels(&setting.label())).await?;
        let mut expected = lists;
        expected.extend(record.reports.keys().cloned());
        expected.extend(objects.iter().filter_map(ResourceExt::uid));
        until(TELLING, async || is_settled(hand, &expected, &record)).await;
        // A repeat or a stranger that comes late is one too.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let _ = self.stop.send(true);

        let documents = Box::pin(self.documents(&expected, &record)).await;
        let mut promises = vec![judge::complete(&expected, &record)];
        for mode in [Mode::All, Mode::Latest] {
            let guards: Vec<_> = hand.clients.iter().map(|client| client.ledger()).collect();
            let ledgers: Vec<(usize, &Ledger)> = guards.iter().map(|guard| &**guard).enumerate().collect();
            let of_mode = ledgers.into_iter().filter(|(number, _)| hand.clients[*number].kind.mode == mode);
            promises.push(judge::shown(mode, of_mode, &expected, &record.ends));
        }
        promises.push(match &documents {
            Ok(documents) => judge::agrees(documents.as_ref(), &expected, &record.ends),
            Err(error) => Promise::tried("MongoDB agrees with the log", String::new(), vec![format!("{error:#}")]),
        });
        if let Some(sink) = &hand.sink {
            promises.push(match truth::index(setting, &expected).await {
                Ok((positions, facts)) => {
                    Promise::tried("the index agrees with the log", format!("{positions} positions"), facts)
                }
                Err(error) => {
                    Promise::tried("the index agrees with the log", String::new(), vec![format!("{error:#}")])
                }
            });
            promises.extend(self.sink(sink).await);
        }
        promises.push(pods.with(|book| judge::pods(book)));
        let seen = hand.pulse.with(|rhythm| {
            rhythm.requests.iter().map(|(id, (_, became))| (id.clone(), became.clone())).collect::<HashMap<_, _>>()
        });
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for (request, delivery) in load::requested_deliveries(setting).await? {
            names.entry(request).or_default().push(delivery.name_any());
        }
        promises.push(judge::once(requests, failures, &record.requested, &seen, &names));
        let leaders: Vec<_> = done
            .iter()
            .filter(|step| step.kind == Some(Harm::KafkaLeader) && step.hit)
            .map(|step| (format!("{} at {:.0} s", step.target, step.at), step.silences.clone()))
            .collect();
        if !leaders.is_empty() {
            promises.push(judge::nothing_stopped(&leaders));
        }
        let missed = done.iter().filter(|step| !step.hit);
        let missed = missed.map(|step| format!("{} at {:.0} s: {}", step.harm, step.at, step.target)).collect();
        promises.push(Promise::tried(
            "every step of the plan was carried out",
            format!("{} steps", done.len()),
            missed,
        ));
        Ok(promises)
    }

    /// What was promised of the sink, once it is kept or has had time to be.
    async fn sink(&self, sink: &Sink) -> Vec<Promise> {
        let began = Instant::now();
        loop {
            let missing = sink.missing(&self.setting).await.unwrap_or_else(|error| vec![format!("{error:#}")]);
            let undelivered = sink.undelivered(&self.setting).await;
            let (bad, undelivered) = undelivered.unwrap_or_else(|error| (0, vec![format!("{error:#}")]));
            let kept = missing.is_empty() && undelivered.is_empty();
            if kept || began.elapsed() > MENDING {
                let back =
                    "the connectors are at work, and what was deleted behind their objects' backs is there again";
                let aside = "every bad record is in the dead-letter topic with the reason";
                return vec![
                    Promise::tried(back, "all connectors and a template".to_owned(), missing),
                    match bad {
                        0 if undelivered.is_empty() => Promise::untried(aside, "there was none"),
                        _ => Promise::tried(aside, format!("{bad} records"), undelivered),
                    },
                ];
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// MongoDB's documents, once they agree with the log or have had time to.
    async fn documents(
        &self,
        expected: &HashSet<String>,
        record: &Record,
    ) -> Result<Option<HashMap<String, mongodb::bson::Document>>> {
        let began = Instant::now();
        loop {
            let found = history::read(&self.setting).await;
            let agrees = found
                .as_ref()
                .is_ok_and(|found| judge::agrees(found.as_ref(), expected, &record.ends).kept != Some(false));
            if agrees || began.elapsed() > TELLING {
                return found;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Takes away what the run has made, as far as it has come.
    pub(crate) async fn clean(&self) -> Result<()> {
        let _ = self.stop.send(true);
        if let Some(hand) = self.hand.get() {
            hand.mend().await?;
        }
        load::remove(&self.setting, Some(&self.setting.run)).await?;
        replicas::restore(&self.setting).await?;
        if let Some(hand) = self.hand.get() {
            let left = truth::unfinished(&self.setting, &HashSet::new()).await?;
            hand.fleets.cancel(&self.setting, &left).await?;
        }
        Ok(())
    }
}

/// Whether all clients have been shown everything.
fn is_settled(hand: &Hand, expected: &HashSet<String>, record: &Record) -> bool {
    hand.clients.iter().all(|client| {
        let ledger = client.ledger();
        expected.iter().all(|id| record.ends.get(id).is_none_or(|truth| ledger.lacks(id, truth).is_none()))
    })
}

/// Asks again and again; false when it has not become true in time.
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
