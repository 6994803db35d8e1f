//! The cluster that a command talks to: the kubeconfig's, chosen as kubectl chooses it.

use crate::error::Error;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::PathBuf;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(10);

/// Which cluster, and what there.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Connection {
    /// Path to the kubeconfig file; default: KUBECONFIG, else ~/.kube/config.
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The name of the kubeconfig context to use.
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// The namespace; default: the context's.
    #[arg(short, long, global = true)]
    pub namespace: Option<String>,
}

/// A cluster, and the namespace in use.
#[derive(Clone)]
pub struct Cluster {
    /// A client with the rights of the person who runs the command.
    pub client: Client,
    /// A client whose answers may take as long as they like: for a log that is followed.
    pub patient: Client,
    /// A client that asks once: for servers behind the API server, whose 503 is an answer.
    pub once: Client,
    /// The namespace in use.
    pub namespace: String,
}

impl Connection {
    /// Prepares to talk to the cluster; nothing is asked yet.
    ///
    /// # Errors
    /// When no kubeconfig, or no such context in it, can be used.
    pub async fn cluster(&self) -> Result<Cluster, Error> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECT);
        let namespace = config.default_namespace.clone();
        let unusable = |error: kube::Error| Error::Kubeconfig(error.to_string());
        let client = Client::try_from(config.clone()).map_err(unusable)?;
        config.read_timeout = None;
        let patient = Client::try_from(config.clone()).map_err(unusable)?;
        config.default_retry = false;
        let once = Client::try_from(config).map_err(unusable)?;
        Ok(Cluster { client, patient, once, namespace })
    }

    /// The namespace in use, if one is given or there is a kubeconfig.
    pub async fn namespace(&self) -> Option<String> {
        match &self.namespace {
            Some(namespace) => Some(namespace.clone()),
            None => self.config().await.ok().map(|config| config.default_namespace),
        }
    }

    async fn config(&self) -> Result<Config, Error> {
        let unusable = |error: &dyn std::fmt::Display| Error::Kubeconfig(error.to_string());
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        let mut config = match &self.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|error| unusable(&error))?;
                Config::from_custom_kubeconfig(file, &options).await.map_err(|error| unusable(&error))?
            }
            None => match Config::from_kubeconfig(&options).await {
                Ok(config) => config,
                // In a pod there is no kubeconfig, but an account.
                Err(error) if self.context.is_none() => Config::incluster().map_err(|_| unusable(&error))?,
                Err(error) => return Err(unusable(&error)),
            },
        };
        if let Some(namespace) = &self.namespace {
            config.default_namespace.clone_from(namespace);
        }
        Ok(config)
    }
}
