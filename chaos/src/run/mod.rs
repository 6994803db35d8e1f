//! One run, from its first object to its verdict: its course is in [`course`], the judgement at the end of it in [`judging`], and a run
//! with `--purchases` in [`purchases`].

mod course;
mod judging;
pub(crate) mod purchases;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::args::{Arguments, Output};
use crate::client::session::Client;
use crate::evidence::activity::ActivityWatch;
use crate::evidence::pods::PodWatch;
use crate::evidence::{kafka, log};
use crate::faults::injector::Injector;
use crate::faults::promised::api_server::ApiServer;
use crate::faults::promised::crowd::Crowd;
use crate::faults::promised::rights::Rights;
use crate::faults::promised::silence::Silenced;
use crate::faults::promised::sink::Sink;
use crate::faults::refusals::Refusals;
use crate::faults::services;
use crate::load::lists::Lists;
use crate::load::requests::Requests;
use crate::load::{objects, replicas};
use crate::schedule::{self, Capabilities, SinkFaults};
use crate::setting::Setting;
use crate::shop::Shop;
use crate::verdict::report::Outcome;

/// How long all deliveries may take to start.
const START_LIMIT: Duration = Duration::from_mins(5);
/// How long clients are waited for to connect, and new deliveries to move.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);
/// How long the clients and MongoDB may take to receive the end after all have arrived.
const END_LIMIT: Duration = Duration::from_mins(2);

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

    /// Whether it is the one with `--purchases`.
    pub(crate) const fn is_of_purchases(&self) -> bool {
        self.arguments.purchases
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
        let rights = Rights::find(setting).await.context("the operator's rights cannot be read")?;
        let capabilities = Capabilities {
            brokers: brokers >= 3,
            kubelet: self.arguments.kill_kubelet.is_some(),
            upgrade: self.arguments.upgrade.is_some(),
            sink: match (&sink, self.arguments.short) {
                (None, _) => SinkFaults::None,
                (Some(_), true) => SinkFaults::Kills,
                (Some(_), false) => SinkFaults::All,
            },
            api_server: self.arguments.freeze_api_server.is_some(),
            rights: rights.is_some(),
            long: !self.arguments.short,
            purchases: self.arguments.short
                && self.arguments.purchase_rate.is_some()
                && services::are_installed(setting).await?,
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
        let Arguments { kill_kubelet, mend_node, freeze_api_server, thaw_api_server, upgrade, .. } =
            self.arguments.clone();
        let injector = Injector {
            setting: Arc::clone(setting),
            lists,
            clients,
            activity,
            sink,
            kill_kubelet,
            mend_node,
            upgrade,
            broken: AtomicBool::new(false),
            api_server: freeze_api_server.zip(thaw_api_server).map(|(freeze, thaw)| ApiServer::new(freeze, thaw)),
            rights,
            silenced: Silenced::default(),
            crowd: Crowd::default(),
            refusals: Refusals::default(),
        };
        let injector = self.injector.get_or_init(|| Arc::new(injector));
        self.begin(injector).await?;
        let rate = self.arguments.purchase_rate.filter(|_| capabilities.purchases);
        let shop = rate.map(|per_second| Shop::open(&setting.run, per_second, 0));

        let mut requests = Requests::new(Arc::clone(&self.setting));
        let done = self.steps(injector, &steps, &mut requests, &mut rng).await;
        if let Some(shop) = &shop {
            shop.is_enough();
        }
        let failures = requests.finish().await;
        injector.mend().await?;
        let mut promises = self.judge(injector, &pods, &requests.ids, failures, &done).await?;
        if let Some(shop) = shop {
            promises.extend(shop.close(&setting.kafka).await);
        }
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

    /// Undoes what the run has done to the installation, and deletes what it has created so far.
    ///
    /// # Errors
    /// When something of it is left.
    pub(crate) async fn clean(&self) -> Result<()> {
        let _ = self.stop.send(true);
        let mended = match self.injector.get() {
            Some(injector) => injector.mend().await,
            None => Ok(()),
        };
        objects::remove(&self.setting, Some(&self.setting.run)).await?;
        replicas::restore(&self.setting).await?;
        if let Some(injector) = self.injector.get() {
            let left = log::unfinished(&self.setting, &HashSet::new()).await?;
            injector.lists.cancel(&self.setting, &left).await?;
        }
        mended
    }
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
