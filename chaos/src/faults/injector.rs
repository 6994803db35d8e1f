//! What faults are injected into. Injecting them is left to [`super::inject`], undoing them to [`super::mend`].

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::promised::api_server::ApiServer;
use super::promised::crowd::Crowd;
use super::promised::rights::Rights;
use super::promised::silence::Silenced;
use super::promised::sink::Sink;
use super::refusals::Refusals;
use crate::client::session::Client;
use crate::evidence::activity::ActivityWatch;
use crate::load::lists::Lists;
use crate::setting::Setting;

/// Everything that faults are injected into.
pub(crate) struct Injector {
    pub(crate) setting: Arc<Setting>,
    pub(crate) lists: Lists,
    pub(crate) clients: Vec<Arc<Client>>,
    pub(crate) activity: ActivityWatch,
    /// Kafka Connect and Elasticsearch, if installed.
    pub(crate) sink: Option<Sink>,
    pub(crate) kill_kubelet: Option<String>,
    pub(crate) mend_node: Option<String>,
    pub(crate) upgrade: Option<String>,
    /// The kubelet has been killed and not restarted.
    pub(crate) broken: AtomicBool,
    /// If it can be frozen.
    pub(crate) api_server: Option<ApiServer>,
    /// The operator's, if they can be revoked.
    pub(crate) rights: Option<Rights>,
    pub(crate) silenced: Silenced,
    pub(crate) crowd: Crowd,
    pub(crate) refusals: Refusals,
}
