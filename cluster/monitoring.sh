# shellcheck shell=bash
# Prometheus, on loopback, and with GRAFANA=1 at the bridge as well, where Grafana's pod reaches it: it scrapes the pods of the product, of
# Kafka and of Kafka Connect, evaluates the chart's rules, and sends what fires to Alertmanager, on loopback. Both are programs of the node
# like the others: up.sh starts them, and down.sh stops them. Nobody is notified of alerts, because the demo knows nobody; both APIs show
# them. Sourced, never run.

# monitoring_pods JOB SELECTOR: prints the part of Prometheus' configuration for the pods with these labels. The labels that they get are
# those of the chart's PodMonitor.
monitoring_pods() {
  cat <<E
  - job_name: $1
    sample_limit: 5000
    kubernetes_sd_configs:
      - role: pod
        kubeconfig_file: $PKI/prometheus.kubeconfig
        selectors: [{role: pod, label: "$2"}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: http-metrics, action: keep}
      - {source_labels: [__meta_kubernetes_pod_phase], regex: Succeeded|Failed, action: drop}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
E
}

# monitoring_config: writes the configurations. The first line of Prometheus' changes with the rules, so that it is restarted then.
monitoring_config() {
  local folder=$CONFIG/monitoring
  rm -rf "$folder/rules"
  mkdir -p "$folder/rules"
  cp "$ROOT"/charts/code-delivery/files/rules/*.yaml "$folder/rules"
  cat >"$folder/prometheus.yaml" <<E
# With the rules of $(hash_of "$folder/rules").
global: {scrape_interval: 5s, scrape_timeout: 4s, evaluation_interval: 15s}
rule_files: ["$folder/rules/*.yaml"]
alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:$ALERTMANAGER_PORT"]}]}]}
storage: {exemplars: {max_exemplars: 2000}}
scrape_configs:
$(monitoring_pods "$NAMESPACE/code-delivery" "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/instance=code-delivery")
$(monitoring_pods "$DATA_NAMESPACE/laptop" app.kubernetes.io/part-of=code-delivery-laptop)
  - job_name: prometheus
    static_configs: [{targets: ["127.0.0.1:$PROMETHEUS_PORT"]}]
  - job_name: alertmanager
    static_configs: [{targets: ["127.0.0.1:$ALERTMANAGER_PORT"]}]
$(if in_mesh; then mesh_jobs; fi)
E
  cat >"$folder/alertmanager.yaml" <<'E'
# One group for each alert of an installation. Give the receiver an address of yours, and it is told.
route: {receiver: nobody, group_by: [alertname, job], group_wait: 10s, group_interval: 1m, repeat_interval: 4h}
receivers: [{name: nobody}]
E
}

# monitoring_role: lets Prometheus list the pods, and nothing else.
monitoring_role() {
  kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f - <<E
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: code-delivery-prometheus}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: code-delivery-prometheus}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: code-delivery-prometheus}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: prometheus}]
E
}

# keep_grafana: notes for later runs whether there is a Grafana.
keep_grafana() { if shows_grafana; then echo 1 >"$STATE/grafana"; else rm -f "$STATE/grafana"; fi; }

# prometheus_addresses: prints where Prometheus listens.
prometheus_addresses() {
  echo "127.0.0.1:$PROMETHEUS_PORT"
  if shows_grafana; then echo "$NODE_IP:$PROMETHEUS_PORT"; fi
}

alertmanager_answers() { curl -fsS -m 2 "http://127.0.0.1:$ALERTMANAGER_PORT/-/ready"; }
prometheus_answers() { curl -fsS -m 2 "http://127.0.0.1:$PROMETHEUS_PORT/-/ready"; }

# monitoring_up: starts them, with bounded memory and storage. They are root, who can read $STATE wherever it is, but without root's
# privileges. Alertmanager has no peers: without an address for them it opens no second port.
monitoring_up() {
  local program alertmanager addresses
  keep_grafana
  mapfile -t addresses < <(prometheus_addresses)
  alertmanager=$(readlink -f "$BIN/alertmanager") || die "Alertmanager has not been built; run make demo."
  program=$(readlink -f "$BIN/prometheus") || die "Prometheus has not been built; run make demo."
  monitoring_config
  wait_for 60 monitoring_role || die "Prometheus could not be given its permissions; see $STATE/log/kube-apiserver.log."
  ensure alertmanager alertmanager_answers "$CONFIG/monitoring/alertmanager.yaml" \
    setpriv --no-new-privs --bounding-set=-all --inh-caps=-all env GOMEMLIMIT=60MiB "$alertmanager" --config.file "$CONFIG/monitoring/alertmanager.yaml" \
    --storage.path "$STATE/data/alertmanager" --data.retention 96h --cluster.listen-address= --web.listen-address "127.0.0.1:$ALERTMANAGER_PORT"
  # Little memory, for more collecting of garbage. Not by a limit: many deliveries leave many series, and at a limit it would do little else.
  ensure prometheus prometheus_answers "$CONFIG/monitoring/prometheus.yaml" \
    setpriv --no-new-privs --bounding-set=-all --inh-caps=-all env GOGC=40 "$program" --config.file "$CONFIG/monitoring/prometheus.yaml" \
    --storage.tsdb.path "$STATE/data/prometheus" --storage.tsdb.retention.time 4d --storage.tsdb.retention.size 512MB \
    --enable-feature=exemplar-storage --query.max-concurrency 4 --query.timeout 30s "${addresses[@]/#/--web.listen-address=}"
}
