//! The run with `--purchases`: no deliveries, but orders all the time, while the purchase services and what they need are killed in turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, ensure};

use super::{Run, START_LIMIT, until};
use crate::evidence::activity::ActivityWatch;
use crate::faults::injector::Injector;
use crate::faults::promised::crowd::Crowd;
use crate::faults::promised::silence::Silenced;
use crate::faults::refusals::Refusals;
use crate::faults::resumption::{self, Resumption};
use crate::faults::services;
use crate::load::lists::Lists;
use crate::schedule::{self, Step};
use crate::shop::Shop;
use crate::verdict::purchases::{self as report, Effect, Outcome};
use crate::verdict::step::{self, Done};

/// Orders a second, unless they are given: what the demo's two cores can take without being busy with that alone.
const PER_SECOND: u32 = 5;

/// Carries out the whole run.
///
/// # Errors
/// When the purchase services are not installed or do not work, or the faults cannot be undone.
pub(crate) async fn go(run: &Run) -> Result<Outcome> {
    let (setting, arguments) = (&run.setting, &run.arguments);
    ensure!(
        services::are_installed(setting).await?,
        "the services of purchases, invoices and notifications are not all installed in the namespace {}; switch them on with \
         purchases.enabled, invoices.enabled and notifications.enabled",
        setting.namespace
    );
    let mut rng = fastrand::Rng::with_seed(run.seed);
    let steps = schedule::plan_of_purchases(&mut rng, setting.size.rounds, setting.size.gap);
    let per_second = arguments.purchase_rate.unwrap_or(PER_SECOND);
    let at_least = usize::try_from(arguments.purchase_count)?;
    run.say(&format!(
        "Seed {}: {per_second} purchases a second, at least {at_least}; {} steps.",
        run.seed,
        steps.len()
    ));
    let injector = run.injector.get_or_init(|| {
        Arc::new(Injector {
            setting: Arc::clone(setting),
            lists: Lists::new(HashMap::new()),
            clients: Vec::new(),
            activity: ActivityWatch::default(),
            sink: None,
            kill_kubelet: None,
            mend_node: None,
            upgrade: None,
            broken: AtomicBool::new(false),
            api_server: None,
            rights: None,
            silenced: Silenced::default(),
            crowd: Crowd::default(),
            refusals: Refusals::default(),
        })
    });
    let shop = Shop::open(&setting.run, per_second, at_least);
    let is_taken = async || shop.orders.with(|bought| !bought.taken.is_empty());
    ensure!(until(START_LIMIT, is_taken).await, "no order was taken within {START_LIMIT:?}");
    let before = resumption::watch(injector, &shop.orders).await;
    ensure!(before.is_complete(), "purchases are not invoiced and mailed although nothing was killed yet: {before:?}");
    run.say(&format!(
        "Orders are taken, invoiced and mailed after {:.0} s.\n\n{}",
        run.began.elapsed().as_secs_f64(),
        report::head()
    ));

    let done = harm(run, injector, &shop, &steps, &mut rng).await;
    run.say(&format!("\n{}\n", report::LEGEND));
    shop.is_enough();
    injector.mend().await?;
    let purchases = shop.orders.clone();
    let mut promises = shop.close(&setting.kafka).await;
    promises.push(step::carried_out(&done));
    Ok(Outcome {
        run: setting.run.clone(),
        seed: run.seed,
        purchases: purchases.with(|bought| bought.taken.len()),
        per_second,
        seconds: run.began.elapsed().as_secs_f64(),
        steps: done,
        promises,
    })
}

/// Injects one fault after the other, and measures how soon purchases go on.
async fn harm(
    run: &Run,
    injector: &Injector,
    shop: &Shop,
    steps: &[Step],
    rng: &mut fastrand::Rng,
) -> Vec<Done<Effect>> {
    let (first, mut all) = (tokio::time::Instant::now(), Vec::new());
    for step in steps {
        tokio::time::sleep_until(first + step.due).await;
        let at = run.began.elapsed().as_secs_f64();
        let purchases = shop.orders.with(|bought| bought.taken.len());
        let (hit, target, resumption) = match Box::pin(injector.inject(step.fault, rng)).await {
            Ok(hit) => (true, hit.target, resumption::watch(injector, &shop.orders).await),
            Err(error) => (false, format!("{error:#}"), Resumption::default()),
        };
        let step = Done { at, fault: step.fault.name(), target, hit, seen: Effect { purchases, resumption } };
        run.say(&step.row());
        all.push(step);
    }
    all
}
