//! Lists of deliveries, each run by one simulator in a Job: many vehicles without an object each.
//!
//! This program writes their plans to the log itself, with its own `source`; the operator ignores plans of other sources. It cancels
//! what is unfinished at the end.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use delivery_kafka::ConnectionError;
use delivery_kafka::write::writer;
use delivery_messages::deliveries::plan::MODEL;
use delivery_messages::{Motion, Plan, PlanPhase, Route, Topic, encode};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, PostParams};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use serde_json::{Value, json};

use crate::setting::{LABEL, Setting, Simulator};

/// The label of the pods of lists.
pub(crate) const LIST_LABEL: &str = "codedelivery.dev/chaos-list";

/// The plans of all lists.
pub(crate) struct Lists {
    lists: Mutex<Vec<Vec<Plan>>>,
    routes: HashMap<String, Route>,
}

impl Lists {
    /// No list yet; the deliveries will use these routes (by name).
    pub(crate) const fn new(routes: HashMap<String, Route>) -> Self {
        Self { lists: Mutex::new(Vec::new()), routes }
    }

    fn lists(&self) -> Vec<Vec<Plan>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The ids of all deliveries in the lists.
    pub(crate) fn ids(&self) -> HashSet<String> {
        self.lists().into_iter().flatten().map(|plan| plan.delivery_id).collect()
    }

    /// Adds a list: writes its plans to the log and starts its Job.
    pub(crate) async fn add(&self, setting: &Setting) -> Result<()> {
        let first = self.lists().len() * setting.size.list_length;
        let plans = (first..first + setting.size.list_length).map(|number| self.plan(setting, number));
        let plans = plans.collect::<Result<Vec<_>>>()?;
        publish(setting, plans.clone()).await?;
        let number = {
            let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
            lists.push(plans);
            lists.len() - 1
        };
        self.start(setting, number).await
    }

    fn plan(&self, setting: &Setting, number: usize) -> Result<Plan> {
        let route = self.routes.get(&setting.routes()[number % 3]).context("every route is in the catalogue")?;
        Ok(Plan {
            delivery_id: format!("{}:{number}", setting.run),
            version: Plan::version_of(1, false),
            phase: PlanPhase::Accepted,
            name: format!("{}-list-{number}", setting.run),
            namespace: setting.namespace.clone(),
            source: format!("chaos/{}", setting.run),
            request_id: None,
            client_id: String::new(),
            route_id: route.id.clone(),
            route: route.key(),
            courier: "chaos".to_owned(),
            vehicle: String::new(),
            motion: Motion::PointPerTick,
            interval_milliseconds: u32::try_from(setting.size.interval.as_millis())?,
            seed: number as u64,
            noise_meters: u32::from(number.is_multiple_of(4)) * 5,
            model: MODEL,
            created_at: jiff::Timestamp::now().as_millisecond(),
            resumed_at: None,
            events: Vec::new(),
        })
    }

    /// Writes to the log that these deliveries are cancelled.
    pub(crate) async fn cancel(&self, setting: &Setting, ids: &HashSet<String>) -> Result<()> {
        let plans = self.lists().into_iter().flatten().filter(|plan| ids.contains(&plan.delivery_id));
        let cancelled = |plan| Plan { phase: PlanPhase::Cancelled, version: Plan::version_of(1, true), ..plan };
        publish(setting, plans.map(cancelled).collect()).await
    }

    /// Starts the Job of a list.
    async fn start(&self, setting: &Setting, number: usize) -> Result<()> {
        let simulator = setting.simulator().await?;
        let map: ConfigMap = serde_json::from_value(self.config_map(setting, &simulator, number)?)?;
        match setting.cluster.config_maps().create(&PostParams::default(), &map).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            other => drop(other?),
        }
        let job: Job = serde_json::from_value(job(setting, &simulator, number)?)?;
        jobs(setting).create(&PostParams::default(), &job).await?;
        Ok(())
    }

    /// Restarts the Jobs with the simulator that the operator uses now.
    pub(crate) async fn restart(&self, setting: &Setting) -> Result<()> {
        let ours = ListParams::default().labels(&setting.label());
        jobs(setting).delete_collection(&DeleteParams::foreground(), &ours).await?;
        delivery_e2e::within("the end of the old pods of the lists", async {
            let pods: Api<Pod> = setting.cluster.pods();
            while !(jobs(setting).list(&ours).await?.items.is_empty() && pods.list(&ours).await?.items.is_empty()) {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(())
        })
        .await?;
        for number in 0..self.lists().len() {
            self.start(setting, number).await?;
        }
        Ok(())
    }

    fn config_map(&self, setting: &Setting, simulator: &Simulator, number: usize) -> Result<Value> {
        let mut written = HashSet::new();
        let lists = self.lists();
        let entries = lists[number].iter().map(|plan| {
            // Each route is written once, with the first delivery that uses it.
            let route = self.routes.values().find(|route| route.key() == plan.route && written.insert(route.key()));
            route.map_or_else(|| json!({"plan": plan}), |route| json!({"plan": plan, "route": route}))
        });
        let plans = json!({"plans": entries.collect::<Vec<_>>()});
        let config = serde_yaml::to_string(&json!({"kafka": simulator.kafka}))?;
        Ok(json!({
            "metadata": {"name": name(setting, number), "labels": {LABEL: setting.run}},
            "data": {"config.yaml": config, "plans.json": plans.to_string()},
        }))
    }
}

/// Writes plans to the log.
async fn publish(setting: &Setting, plans: Vec<Plan>) -> Result<()> {
    let producer: FutureProducer = writer::settings(&setting.kafka, "chaos")?
        .set("message.timeout.ms", "60000")
        .create()
        .map_err(ConnectionError::from)?;
    let topic = setting.kafka.topic(Topic::Plan);
    for plan in plans {
        let value = encode(&plan)?;
        let record = FutureRecord::to(&topic).key(&plan.delivery_id).payload(&value).headers(writer::headers());
        producer.send(record, Timeout::Never).await.map_err(|(error, _)| error)?;
    }
    Ok(())
}

fn jobs(setting: &Setting) -> Api<Job> {
    Api::default_namespaced(setting.cluster.client.clone())
}

fn name(setting: &Setting, number: usize) -> String {
    format!("{}-list-{number}", setting.run)
}

/// A pod like the operator's, in a Job that replaces it.
fn job(setting: &Setting, simulator: &Simulator, number: usize) -> Result<Value> {
    let mut labels: Value = serde_json::to_value(&simulator.labels)?;
    labels[LABEL] = json!(setting.run);
    labels[LIST_LABEL] = json!(number.to_string());
    let name = name(setting, number);
    Ok(json!({
        "metadata": {"name": name, "labels": {LABEL: setting.run}},
        "spec": {
            "backoffLimit": 1000,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "restartPolicy": "OnFailure",
                    "serviceAccountName": simulator.service_account,
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": 15,
                    "securityContext": {
                        "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{
                        "name": "simulator",
                        "image": simulator.image,
                        "imagePullPolicy": simulator.pull_policy,
                        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "96Mi"}},
                        "securityContext": {
                            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "volumeMounts": [{"name": "configuration", "mountPath": "/etc/code-delivery", "readOnly": true}],
                    }],
                    "volumes": [{"name": "configuration", "configMap": {"name": name}}],
                },
            },
        },
    }))
}
