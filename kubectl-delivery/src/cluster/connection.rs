//! The cluster of the kubeconfig, chosen as kubectl chooses it.

use std::env;
use std::error::Error as StdError;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use delivery_messages::records::text::{without_login, without_values};
use jiff::SignedDuration;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError as ReadError};
use kube::{Client, Config};

use super::proxy;
use crate::base::{Problem, duration};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// No usable kubeconfig.
#[derive(Debug, thiserror::Error)]
#[error("Cannot use the kubeconfig: {0}. Check --kubeconfig, --context, --cluster, --user and KUBECONFIG.")]
pub(crate) struct KubeconfigError(String);

impl KubeconfigError {
    /// The lines after the first one quote the kubeconfig, in which tokens stand.
    fn new(source: &dyn StdError) -> Self {
        let text = source.to_string();
        let first = text.lines().next().unwrap_or_default().trim_end_matches(['.', ':', ' ']);
        Self(without_values(first))
    }
}

impl Problem for KubeconfigError {
    fn reason(&self) -> &'static str {
        "Kubeconfig"
    }
}

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Connection {
    /// Path to the kubeconfig file; default: KUBECONFIG, else ~/.kube/config.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The name of the kubeconfig context to use.
    #[arg(long, global = true)]
    pub(crate) context: Option<String>,
    /// The name of the kubeconfig cluster to use instead of the context's.
    #[arg(long, global = true)]
    pub(crate) cluster: Option<String>,
    /// The name of the kubeconfig user to use instead of the context's.
    #[arg(long, global = true)]
    pub(crate) user: Option<String>,
    /// The namespace; default: the context's.
    #[arg(short, long, global = true)]
    pub(crate) namespace: Option<String>,
    /// The user to impersonate, such as system:serviceaccount:shop:default.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub(crate) impersonate: Option<String>,
    /// A group to impersonate; can be given several times.
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub(crate) impersonate_groups: Vec<String>,
    /// How long to wait for the API server's answer to one request, such as 5s or 1m; 0 waits for ever. Watches are not limited.
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse_limit)]
    pub(crate) request_timeout: Option<SignedDuration>,
}

/// Clients with the rights of the user, and the namespace in use.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) client: Client,
    /// Without a read timeout: for watches and logs that are followed.
    pub(crate) streaming: Client,
    /// Without retries: for servers behind the API server, whose 503 is an answer.
    pub(crate) no_retry: Client,
    pub(crate) namespace: String,
}

impl Connection {
    /// Prepares the clients; sends nothing yet.
    pub(crate) async fn cluster(&self) -> Result<Cluster, KubeconfigError> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        let limit = self.request_timeout.map(|limit| Duration::try_from(limit).ok().filter(|limit| !limit.is_zero()));
        config.read_timeout = limit.unwrap_or(config.read_timeout);
        let namespace = config.default_namespace.clone();
        let client = Client::try_from(config.clone()).map_err(|error| KubeconfigError::new(&error))?;
        config.read_timeout = None;
        let streaming = Client::try_from(config.clone()).map_err(|error| KubeconfigError::new(&error))?;
        config.read_timeout = limit.flatten();
        config.default_retry = false;
        let no_retry = Client::try_from(config).map_err(|error| KubeconfigError::new(&error))?;
        Ok(Cluster { client, streaming, no_retry, namespace })
    }

    /// The namespace in use, if one is given or there is a kubeconfig.
    pub(crate) async fn namespace(&self) -> Option<String> {
        match &self.namespace {
            Some(namespace) => Some(namespace.clone()),
            None => self.config().await.ok().map(|config| config.default_namespace),
        }
    }

    /// The API server's address, if there is a kubeconfig.
    pub(crate) async fn server(&self) -> Option<String> {
        self.config().await.ok().map(|config| without_login(&config.cluster_url.to_string()))
    }

    async fn config(&self) -> Result<Config, KubeconfigError> {
        let mut config = match self.kubeconfig().and_then(|file| file.map_or_else(Kubeconfig::read, Ok)) {
            Ok(file) => self.chosen(file).await?,
            // A pod has no kubeconfig, but a service account.
            Err(error)
                if [&self.context, &self.cluster, &self.user].iter().all(|name| name.is_none())
                    && self.kubeconfig.is_none() =>
            {
                Config::incluster().map_err(|_| KubeconfigError::new(&error))?
            }
            Err(error) => return Err(KubeconfigError::new(&error)),
        };
        if let Some(namespace) = &self.namespace {
            config.default_namespace.clone_from(namespace);
        }
        if self.impersonate.is_some() {
            config.auth_info.impersonate.clone_from(&self.impersonate);
            config.auth_info.impersonate_groups = None;
        }
        if !self.impersonate_groups.is_empty() {
            config.auth_info.impersonate_groups = Some(self.impersonate_groups.clone());
        }
        Ok(config)
    }

    /// The configuration of the context in use.
    async fn chosen(&self, file: Kubeconfig) -> Result<Config, KubeconfigError> {
        let (context, cluster, user) = (self.context.clone(), self.cluster.clone(), self.user.clone());
        let configured = proxy_url(&file, context.as_deref(), cluster.as_deref());
        let options = KubeConfigOptions { context, cluster, user };
        let mut config =
            Config::from_custom_kubeconfig(file, &options).await.map_err(|error| KubeconfigError::new(&error))?;
        // kube compares NO_PROXY with the proxy's address instead of the server's.
        let variable = |name: &str| env::var(name).ok();
        config.proxy_url = proxy::choose(configured.as_deref(), &config.cluster_url, variable)
            .map_err(|error| KubeconfigError::new(&error))?;
        Ok(config)
    }

    /// The files that --kubeconfig or KUBECONFIG name; nothing if there is neither.
    fn kubeconfig(&self) -> Result<Option<Kubeconfig>, ReadError> {
        if let Some(path) = &self.kubeconfig {
            return Kubeconfig::read_from(path).map(Some);
        }
        let variable = env::var_os("KUBECONFIG").unwrap_or_default();
        merged(env::split_paths(&variable).filter(|path| !path.as_os_str().is_empty()))
    }
}

/// Merges the files that exist; the first that sets a value wins. An error if there are some, but none exists.
fn merged(paths: impl Iterator<Item = PathBuf>) -> Result<Option<Kubeconfig>, ReadError> {
    let (mut found, mut missing): (Option<Kubeconfig>, _) = (None, None);
    for path in paths {
        match Kubeconfig::read_from(path) {
            Ok(next) => {
                found = Some(match found {
                    Some(first) => first.merge(next)?,
                    None => next,
                });
            }
            Err(error) if is_missing(&error) => missing = missing.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match (found, missing) {
        (None, Some(error)) => Err(error),
        (found, _) => Ok(found),
    }
}

fn is_missing(error: &ReadError) -> bool {
    matches!(error, ReadError::ReadConfig(source, _) if source.kind() == ErrorKind::NotFound)
}

/// The `proxy-url` of a cluster, or of that of a context.
fn proxy_url(file: &Kubeconfig, context: Option<&str>, cluster: Option<&str>) -> Option<String> {
    let of_context = || {
        let context = context.or(file.current_context.as_deref())?;
        let context = file.contexts.iter().find(|found| found.name == context)?.context.as_ref()?;
        Some(context.cluster.as_str())
    };
    let name = cluster.or_else(of_context)?;
    let cluster = file.clusters.iter().find(|found| found.name == name)?;
    cluster.cluster.as_ref()?.proxy_url.clone()
}

#[cfg(test)]
#[path = "tests/connection.rs"]
mod tests;
