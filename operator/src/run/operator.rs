//! The parts of the operator, each with what it needs.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use delivery_controller::backoff::Backoff;
use delivery_controller::events::Events;
use delivery_observability::{Health, Heartbeat};
use kube::Client;
use tokio::sync::Notify;

use crate::base::api::TIME_LIMIT;
use crate::base::config::Config;
use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::Objects;
use crate::base::steady::SteadyClock;
use crate::base::wake::Wake;
use crate::cleanup::cleaner::Cleaner;
use crate::cleanup::quiet::Quiet;
use crate::cleanup::sweep::Sweep;
use crate::deliveries::acting::act::Actor;
use crate::deliveries::acting::manifest::PodSettings;
use crate::deliveries::controller::DeliveryController;
use crate::deliveries::observing::agreed::AgreedClock;
use crate::deliveries::observing::ending::Ending;
use crate::deliveries::observing::observe::Observer;
use crate::deliveries::observing::silence::Silence;
use crate::deliveries::observing::unconfirmed::Unconfirmed;
use crate::deliveries::reconcile::DeliveryReconciler;
use crate::deliveries::reporting::report::StatusWriter;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::requests::admission::Recent;
use crate::requests::claims::Claims;
use crate::requests::command::Commander;
use crate::requests::inbox::{Inbox, PATIENCE, RETRY};
use crate::requests::rejected::{OLD, Rejected};
use crate::requests::start::Starter;
use crate::routes::reconcile::RouteReconciler;
use crate::tables::ended_plans::Installation;
use crate::tables::retention::Retention;

/// How long a reconciliation may take: twice its own time limit.
const RECONCILIATION: Duration = Duration::from_mins(1);

/// What all parts are made from.
pub(crate) struct Foundation {
    pub config: Config,
    /// Writes only while this process leads.
    pub client: Client,
    pub guard: LeadershipGuard,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub metrics: Metrics,
    pub wake: Wake,
    pub health: Health,
}

/// The parts of the operator.
pub(crate) struct Operator {
    pub log: Arc<Log>,
    pub routes: Arc<RouteReconciler>,
    pub deliveries: Arc<DeliveryController>,
    pub inbox: Arc<Inbox>,
    pub cleaner: Arc<Cleaner>,
    pub wake: Wake,
    /// Notified of every deletion that a watch returns.
    pub deleted: Arc<Notify>,
}

impl Operator {
    /// Puts the parts together.
    #[must_use]
    pub(crate) fn new(foundation: Foundation) -> Self {
        let Foundation { config, client, guard, objects, log, metrics, wake, health } = foundation;
        let statuses = StatusWriter::new(
            client.clone(),
            Events::new(client.clone(), FIELD_MANAGER),
            Arc::clone(&log),
            Arc::clone(&objects),
            metrics.clone(),
        );
        let statuses = Arc::new(statuses);
        let routes = RouteReconciler {
            client: client.clone(),
            objects: Arc::clone(&objects),
            log: Arc::clone(&log),
            guard: guard.clone(),
            metrics: metrics.clone(),
            wake: wake.clone(),
            backoff: Backoff::default(),
            heartbeat: health.heartbeat("routes", RECONCILIATION),
        };
        let observer = Observer {
            client: client.clone(),
            objects: Arc::clone(&objects),
            log: Arc::clone(&log),
            unconfirmed: Unconfirmed::default(),
            silence: Silence::default(),
            ending: Ending::default(),
            steady: SteadyClock::begin(),
            suspension: config.requests.suspension(),
            clock: AgreedClock::default(),
        };
        let actor = Actor {
            client: client.clone(),
            log: Arc::clone(&log),
            statuses: Arc::clone(&statuses),
            pods: PodSettings::of(&config),
            source: config.source.clone(),
            metrics: metrics.clone(),
        };
        let deliveries = DeliveryController {
            client: client.clone(),
            guard,
            metrics: metrics.clone(),
            backoff: Backoff::default(),
            heartbeat: health.heartbeat("deliveries", RECONCILIATION),
            reconciler: DeliveryReconciler { log: Arc::clone(&log), observer, actor, statuses },
        };
        let starter = Starter {
            client: client.clone(),
            objects: Arc::clone(&objects),
            log: Arc::clone(&log),
            settings: config.requests.clone(),
            retention: Retention::of(&config),
            source: config.source.clone(),
            recent: Recent::default(),
            clock: AgreedClock::default(),
        };
        let commander = Commander {
            client: client.clone(),
            objects: Arc::clone(&objects),
            events: Events::new(client.clone(), FIELD_MANAGER),
            log: Arc::clone(&log),
        };
        let inbox = Inbox {
            log: Arc::clone(&log),
            objects: Arc::clone(&objects),
            starter,
            commander,
            rejected: Rejected::older_than(OLD),
            metrics,
            retry: RETRY,
            time_limit: TIME_LIMIT,
            patience: PATIENCE,
            worked: AtomicU64::default(),
            claims: Claims::default(),
        };
        let cleaner = Cleaner {
            client,
            objects,
            log: Arc::clone(&log),
            retention: Retention::of(&config),
            quiet: Quiet::default(),
            installation: Installation { source: config.source, namespaces: config.watch_namespaces },
        };
        Self {
            log,
            routes: Arc::new(routes),
            deliveries: Arc::new(deliveries),
            inbox: Arc::new(inbox),
            cleaner: Arc::new(cleaner),
            wake,
            deleted: Arc::default(),
        }
    }

    /// The rounds of the cleanup.
    #[must_use]
    pub(crate) fn sweep(&self, heartbeat: Heartbeat) -> Sweep {
        Sweep {
            cleaner: Arc::clone(&self.cleaner),
            deliveries: Arc::clone(&self.deliveries),
            routes: Arc::clone(&self.routes),
            deleted: Arc::clone(&self.deleted),
            heartbeat,
        }
    }
}
