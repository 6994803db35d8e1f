#!/usr/bin/env bash
# install.sh base | mesh | data | product | deliveries | current: installs one part into the cluster, and changes only what is needed.
# install.sh address SERVICE: prints the cluster IP of a Service in the data namespace, which is reachable from this machine.
# `current` installs the product into the cluster of kubectl's current context; the others install into the node that up.sh started.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
source "$ROOT/cluster/mesh.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
cd "$ROOT"
if [[ $1 != current ]]; then export KUBECONFIG=$STATE/kubeconfig; fi

# In the demo's own cluster a release may take over objects that were applied or changed by hand.
OURS=(--take-ownership --force-conflicts)

image() { cat "$CACHE/images/$1/reference"; }
tag() { image "$1" | cut -d: -f2; }
# tags: prints the values with the tags of the product's images. In the values the connector operator is called connectorOperator.
tags() {
  local name values=()
  for name in "${PRODUCT[@]}"; do values+=("${name/-o/O}.image.tag=$(tag "$name")"); done
  (IFS=,; printf '%s' "${values[*]}")
}
address() { kubectl get service "$1" --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.clusterIP}'; }
apply() { kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f -; }

# namespace NAME [LABEL]: creates the namespace, which enforces the restricted Pod Security Standard.
namespace() {
  apply <<E
apiVersion: v1
kind: Namespace
metadata:
  name: $1
  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted${2:+, $2}}
E
}

# mongodb_secret KEY=URI…: creates the Secret with MongoDB's connection strings.
mongodb_secret() {
  local pair
  {
    cat <<E
apiVersion: v1
kind: Secret
metadata: {name: code-delivery-mongodb, namespace: $NAMESPACE}
stringData:
E
    for pair in "$@"; do printf '  %s: "%s"\n' "${pair%%=*}" "${pair#*=}"; done
  } | apply
}

# release NAME CHART NAMESPACE ARGUMENT…: helm upgrade --install, which also works after an interrupted run: helm takes the unfinished
# revision for an operation in progress and refuses to start, so delete that revision first.
release() {
  local unfinished output=$CACHE/log/helm.log
  mapfile -t unfinished < <(kubectl get secrets --namespace "$3" -l "owner=helm,name=$1,status in (pending-install,pending-upgrade,pending-rollback)" -o name)
  if ((${#unfinished[@]})); then kubectl delete --namespace "$3" "${unfinished[@]}"; fi
  # In a mesh a proxy starts before each container.
  if ! helm upgrade --install "$1" "$2" --namespace "$3" --wait --timeout "$(if in_mesh; then echo 360s; else echo 180s; fi)" "${@:4}" >"$output" 2>&1; then
    cat "$output"
    kubectl get pods --namespace "$3"
    kubectl get events --namespace "$3" --sort-by .lastTimestamp | tail -n 15
    die "The release $1 could not be installed or did not become ready; see this step's log and kubectl get pods --namespace $3. $(grep -m1 '^Error' "$output" || true)"
  fi
  cat "$output"
}

base() {
  bash cluster/images.sh import
  sed -e "s|image: IMAGE|image: $(image coredns)|" -e "s|: CHECKSUM|: \"$(hash_of cluster/coredns/coredns.yaml)\"|" cluster/coredns/coredns.yaml | apply
  kubectl rollout status --namespace kube-system deployment/coredns --timeout 120s
}

mesh() { mesh_up; }

# grafana_values: prints the values of the servers' chart for a Grafana that asks the demo's Prometheus.
grafana_values() { printf '%s' "grafana.enabled=true,grafana.nodePort=$GRAFANA_PORT,grafana.prometheus=http://$NODE_IP:$PROMETHEUS_PORT"; }

connect_answers() { curl -fsS -m 10 "http://$(address connect):8083/connectors"; }

# connect_works: true if Kafka Connect answers and its three topics exist. A worker creates them when it starts, and only then.
connect_works() {
  local topics topic own
  mapfile -t own < <(sed -n 's/^[a-z]*\.storage\.topic=//p' cluster/connect/worker.properties)
  connect_answers || return
  topics=$(timeout 30 kubectl exec --namespace "$DATA_NAMESPACE" kafka-0 -c kafka -- \
    /opt/java/bin/java @tool.args org.apache.kafka.tools.TopicCommand --bootstrap-server localhost:9092 --list) || return
  for topic in "${own[@]}"; do
    grep -qxF "$topic" <<<"$topics" || return
  done
}

# mend_connect: restarts a Kafka Connect that does not work for 20 seconds. If Kafka has come back empty, it would never work again.
mend_connect() {
  if wait_for "${PATIENCE:-20}" connect_works; then return; fi
  echo "Kafka Connect does not answer, or its topics are gone: restarting it"
  kubectl rollout restart --namespace "$DATA_NAMESPACE" deployment/connect
  if ! kubectl rollout status --namespace "$DATA_NAMESPACE" deployment/connect --timeout 150s || ! wait_for 60 connect_answers; then
    die "Kafka Connect does not answer, even after a restart; see the reason with kubectl logs --namespace $DATA_NAMESPACE deployment/connect"
  fi
}

# replace_broken: deletes the servers' pods that cannot start and are of an earlier version. Kubernetes replaces a pod of a StatefulSet only
# after it has been ready once.
replace_broken() {
  local current
  current=$(kubectl get statefulsets --namespace "$DATA_NAMESPACE" -o 'jsonpath={.items[*].status.updateRevision}')
  kubectl get pods --namespace "$DATA_NAMESPACE" -l statefulset.kubernetes.io/pod-name -L controller-revision-hash --no-headers |
    awk -v current=" $current " '$3 ~ /BackOff$|^Err|Error$/ && index(current, " " $NF " ") == 0 { print $1 }' |
    xargs -r kubectl delete pods --namespace "$DATA_NAMESPACE"
}

data() {
  local mesh=() grafana=() label='' brokers replacing
  brokers=$(brokers)
  if shows_grafana; then grafana=(--set "$(grafana_values)"); fi
  if in_mesh; then
    label='istio-injection: enabled'
    mesh=(--values cluster/mesh/servers.yaml)
  else
    mesh_entrance_down
  fi
  namespace "$DATA_NAMESPACE" "$label"
  if [[ ! -s $STATE/data/kafka-cluster-id ]]; then
    openssl rand 16 | base64 | tr '+/' '-_' | tr -d '=\n' >"$STATE/data/kafka-cluster-id.new"
    mv "$STATE/data/kafka-cluster-id.new" "$STATE/data/kafka-cluster-id"
  fi
  printf '%s' "$brokers" >"$STATE/data/kafka-brokers"
  if ((brokers > 1)); then
    install -d -o "$NOBODY" -g "$NOBODY" "$STATE"/data/kafka-{0..2}
  fi
  # A volume whose claim was deleted stays Released until an administrator acts. Its data is kept on disk, so just recreate the volume.
  kubectl get persistentvolumes -o jsonpath="{range .items[?(@.spec.storageClassName=='code-delivery-laptop')]}{.metadata.name} {.status.phase}{'\n'}{end}" |
    awk '$2 == "Released" { print $1 }' | xargs -r kubectl delete persistentvolume
  # Pods that failed, for example for want of Kafka, are started again now, and not only after their back-off of up to five minutes.
  kubectl get pods --namespace "$DATA_NAMESPACE" --no-headers | awk '$3 == "CrashLoopBackOff" { print $1 }' |
    xargs -r kubectl delete pods --namespace "$DATA_NAMESPACE"
  # Strimzi's CRDs without Strimzi itself: the API server validates the connectors against them.
  kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f "$(bash cluster/strimzi/crds.sh)"
  free_map_port
  # While the release waits for its pods, and no longer than this script runs.
  while sleep 5 && kill -0 $$; do replace_broken; done >/dev/null 2>&1 &
  replacing=$!
  release laptop charts/laptop "$DATA_NAMESPACE" "${OURS[@]}" \
    --set "dataDirectory=$STATE/data,nodeName=$NODE" \
    --set "kafka.image=$(image kafka),kafka.clusterId=$(cat "$STATE/data/kafka-cluster-id"),kafka.nodePort=$KAFKA_PORT,kafka.replicas=$brokers" \
    --set "mongodb.image=$(image mongodb),elasticsearch.image=$(image elasticsearch),connect.image=$(image connect)" \
    --set "mailpit.image=$(image mailpit),sales.image=$(image sales),entrance.image=$(image envoy),entrance.nodePort=$MAP_PORT,entrance.productNamespace=$NAMESPACE" "${mesh[@]}" "${grafana[@]}"
  kill "$replacing"
  mend_connect
  if ((brokers > 1)); then say "Kafka at 127.0.0.1:$KAFKA_PORT and the two ports after it"; else say "Kafka at 127.0.0.1:$KAFKA_PORT"; fi
}

# free_map_port: takes the map's port from the gateway, which had it before there was an entrance in front of it. Its release gives it another.
free_map_port() {
  local port
  port=$(kubectl get service code-delivery-gateway --namespace "$NAMESPACE" --ignore-not-found -o 'jsonpath={.spec.ports[0].nodePort}')
  if [[ $port == "$MAP_PORT" ]]; then
    kubectl patch service code-delivery-gateway --namespace "$NAMESPACE" --patch '{"spec": {"type": "ClusterIP"}}'
  fi
}

# entrance_leads_to_all: true if the map, the three services and the mail server answer at the one address.
entrance_leads_to_all() {
  local path
  for path in "" api/purchases api/invoices api/notifications/count/from/00000000-0000-8000-8000-000000000000 mail/readyz; do
    curl -fsS -m 5 -o /dev/null "http://127.0.0.1:$MAP_PORT/$path" || return
  done
}

product() {
  local tracing=() mesh=(--set "gateway.service.nodePort=$GATEWAY_PORT") label='' brokers mongodb=mongodb://mongodb.$DATA_NAMESPACE.svc:27017
  brokers=$(brokers)
  if in_mesh; then
    label='istio-injection: enabled'
    mesh=(--values cluster/mesh/product.yaml --set "mesh.servers.mongodb={mongodb.$DATA_NAMESPACE.svc:27017}")
    mesh+=(--set "mesh.telemetry.tracingProvider=$(if records_traces; then echo otel-tracing; fi)")
  fi
  namespace "$NAMESPACE" "$label"
  if records_traces; then
    tracing=(--set "tracing.endpoint=http://$NODE_IP:$OTLP_PORT,tracing.query=http://$NODE_IP:$JAEGER_PORT,tracing.gatewayQuery=http://$NODE_IP:$JAEGER_PORT")
  fi
  # A database for each service.
  mongodb_secret "uri=$mongodb/code-delivery" "purchases-uri=$mongodb/purchases" "invoices-uri=$mongodb/invoices" "notifications-uri=$mongodb/notifications"
  release code-delivery charts/code-delivery "$NAMESPACE" "${OURS[@]}" --values cluster/values.yaml \
    --set "image.registry=$IMAGE_PREFIX,kafka.bootstrapServers=kafka.$DATA_NAMESPACE.svc:9092" \
    --set "elasticsearch.url=http://elasticsearch.$DATA_NAMESPACE.svc:9200,connectorOperator.clusters.connect.url=http://connect.$DATA_NAMESPACE.svc:8083" \
    --set "smtp.host=mailpit.$DATA_NAMESPACE.svc,mapUrl=http://127.0.0.1:$MAP_PORT,monitoring.query=http://127.0.0.1:$PROMETHEUS_PORT" \
    --set-string "$(tags)" \
    --set "topics.replicationFactor=$brokers,topics.minInsyncReplicas=$((brokers > 1 ? 2 : 1))" "${tracing[@]}" "${mesh[@]}"
  if in_mesh; then
    mesh_entrance
    mesh_deliveries
  else
    mesh_down
  fi
  bash cluster/images.sh prune
  wait_for 30 curl -fsS -m 2 "http://127.0.0.1:$GATEWAY_PORT/" || die "The gateway does not answer at http://127.0.0.1:$GATEWAY_PORT; see its log: kubectl logs deployment/code-delivery-gateway$(if in_mesh; then echo ", and that of deployment/code-delivery-ingress-istio"; fi)"
  # Only our connectors: others may be failing for their own reasons.
  kubectl wait kafkaconnectors --selector app.kubernetes.io/part-of=code-delivery --namespace "$NAMESPACE" --for condition=Ready --timeout 120s || {
    kubectl describe kafkaconnectors --selector app.kubernetes.io/part-of=code-delivery --namespace "$NAMESPACE"
    die "Some connectors are not ready; kubectl describe kafkaconnectors shows the reason."
  }
  wait_for 30 entrance_leads_to_all || die "Not every service answers at http://127.0.0.1:$MAP_PORT; see kubectl logs $(if in_mesh; then echo deployment/code-delivery-ingress-istio; else echo "--namespace $DATA_NAMESPACE deployment/entrance"; fi), and those of the deployments code-delivery-purchases, -invoices and -notifications."
  say "map at http://127.0.0.1:$MAP_PORT"
}

EXAMPLES=crds/examples/deliveries.yaml

phases() { kubectl get -f "$EXAMPLES" --ignore-not-found --no-headers -o custom-columns=NAME:.metadata.name,PHASE:.status.phase; }
# Finished counts too: the shortest delivery may end before we look.
all_move() { [[ $(phases | grep -cE ' (Running|Finished)$') == $(kubectl create --dry-run=client -f "$EXAMPLES" -o name | wc -l) ]]; }

# Starts the three deliveries; those that have ended are started again.
deliveries() {
  phases | awk '$2 ~ /^(Finished|Failed|Cancelled)$/ { print $1 }' | xargs -r kubectl delete delivery
  kubectl apply -f "$EXAMPLES" || kubectl replace --force -f "$EXAMPLES"
  wait_for 60 all_move || {
    kubectl describe -f "$EXAMPLES"
    die "Not all of the three deliveries are running ($(phases | tr -s ' \n' ' ')); kubectl describe delivery NAME shows the reason."
  }
  say "under way"
}

current() {
  kubectl version --request-timeout 10s || die "The cluster of kubectl's current context does not answer; choose another context with kubectl config use-context."
  namespace "$NAMESPACE"
  local flags=()
  read -r -a flags <<<"${HELM_FLAGS:-}"
  if [[ -n ${MONGODB:-} ]]; then
    mongodb_secret "uri=$MONGODB"
    flags+=(--set mongodb.uriSecret.name=code-delivery-mongodb)
  fi
  release code-delivery charts/code-delivery "$NAMESPACE" \
    --set "image.registry=$REGISTRY" --set-string "kafka.bootstrapServers=${KAFKA//,/\\,}" \
    --set-string "$(tags)" "${flags[@]}"
  say "in namespace $NAMESPACE"
}

"$@"
