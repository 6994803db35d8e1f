//! The course of a run: the clients connect, the deliveries begin, and step follows step. What is set up before and judged afterwards is left
//! to the run.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::Result;

use super::{Run, SETTLE_LIMIT, START_LIMIT, until};
use crate::client::session::{self, Client, Kind};
use crate::faults::injector::Injector;
use crate::faults::recovery;
use crate::faults::trial::Hit;
use crate::load::objects;
use crate::load::requests::Requests;
use crate::schedule::Step;
use crate::verdict::report::{self, Effect};
use crate::verdict::step::Done;

/// How many deliveries that did not recover are named.
const MAX_NAMED: usize = 3;

impl Run {
    /// Starts the clients, and waits a while for each to connect.
    pub(super) async fn connect(&self, rng: &mut fastrand::Rng) -> Vec<Arc<Client>> {
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
    pub(super) async fn begin(&self, injector: &Injector) -> Result<()> {
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

    /// Injects the faults of all steps, each when it is due, and measures what came of it.
    pub(super) async fn steps(
        &self,
        injector: &Injector,
        steps: &[Step],
        requests: &mut Requests,
        rng: &mut fastrand::Rng,
    ) -> Vec<Done<Effect>> {
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
            let unready = if recovery.workloads.is_none() { recovery::unready(injector).await } else { Vec::new() };
            let now = Instant::now();
            let (silence, silences) =
                injector.activity.with(|activity| (activity.silence(now), activity.silences(now)));
            let named = if recovery.log.is_none() { MAX_NAMED } else { 0 };
            let silent =
                injector.activity.with(|activity| activity.silent_since(sent).take(named).map(str::to_owned).collect());
            let silence = silence.as_secs_f64();
            let (hit, Hit { target, trial }) = match outcome {
                Ok(hit) => (true, hit),
                Err(error) => (false, Hit::from(format!("{error:#}"))),
            };
            let (kind, fault) = (Some(step.fault), step.fault.name());
            let seen = Effect { under_way, silence, silent, recovery, trial, kind, silences };
            let step = Done { at, fault, target, hit, seen };
            self.say(&step.row());
            if !unready.is_empty() {
                self.say(&format!("        not ready: {}", unready.join(", ")));
            }
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
}
