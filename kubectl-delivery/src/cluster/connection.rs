//! The cluster of the kubeconfig, chosen as kubectl chooses it.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::base::Problem;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// No usable kubeconfig.
#[derive(Debug, thiserror::Error)]
#[error("Cannot use the kubeconfig: {0}. Check --kubeconfig, --context and KUBECONFIG.")]
pub(crate) struct KubeconfigError(Box<dyn StdError + Send + Sync>);

impl KubeconfigError {
    fn new(source: impl StdError + Send + Sync + 'static) -> Self {
        Self(Box::new(source))
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
    /// The namespace; default: the context's.
    #[arg(short, long, global = true)]
    pub(crate) namespace: Option<String>,
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
        let namespace = config.default_namespace.clone();
        let client = Client::try_from(config.clone()).map_err(KubeconfigError::new)?;
        config.read_timeout = None;
        let streaming = Client::try_from(config.clone()).map_err(KubeconfigError::new)?;
        config.default_retry = false;
        let no_retry = Client::try_from(config).map_err(KubeconfigError::new)?;
        Ok(Cluster { client, streaming, no_retry, namespace })
    }

    /// The namespace in use, if one is given or there is a kubeconfig.
    pub(crate) async fn namespace(&self) -> Option<String> {
        match &self.namespace {
            Some(namespace) => Some(namespace.clone()),
            None => self.config().await.ok().map(|config| config.default_namespace),
        }
    }

    async fn config(&self) -> Result<Config, KubeconfigError> {
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        let mut config = match &self.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(KubeconfigError::new)?;
                Config::from_custom_kubeconfig(file, &options).await.map_err(KubeconfigError::new)?
            }
            None => match Config::from_kubeconfig(&options).await {
                Ok(config) => config,
                // A pod has no kubeconfig, but a service account.
                Err(error) if self.context.is_none() => Config::incluster().map_err(|_| KubeconfigError::new(error))?,
                Err(error) => return Err(KubeconfigError::new(error)),
            },
        };
        if let Some(namespace) = &self.namespace {
            config.default_namespace.clone_from(namespace);
        }
        Ok(config)
    }
}
