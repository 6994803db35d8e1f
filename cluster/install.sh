#!/usr/bin/env bash
# install.sh base | data | product | deliveries | current: installs one part into the cluster, and changes only what is needed.
# install.sh address SERVICE: prints the cluster IP of a Service in the data namespace, which is reachable from this machine.
# `current` installs the product into the cluster of kubectl's current context; the others install into the node that up.sh started.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
cd "$ROOT"
if [[ $1 != current ]]; then export KUBECONFIG=$STATE/kubeconfig; fi

# In the demo's own cluster a release may take over objects that were applied or changed by hand.
OURS=(--take-ownership --force-conflicts)

image() { cat "$CACHE/images/$1/reference"; }
tag() { image "$1" | cut -d: -f2; }
tags() { printf '%s' "operator.image.tag=$(tag operator),simulator.image.tag=$(tag simulator),gateway.image.tag=$(tag gateway),connectorOperator.image.tag=$(tag connector-operator)"; }
address() { kubectl get service "$1" --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.clusterIP}'; }
apply() { kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f -; }

# namespace NAME: creates the namespace, which enforces the restricted Pod Security Standard.
namespace() {
  apply <<E
apiVersion: v1
kind: Namespace
metadata:
  name: $1
  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted}
E
}

# mongodb_secret URI: creates the Secret with MongoDB's connection string.
mongodb_secret() {
  apply <<E
apiVersion: v1
kind: Secret
metadata: {name: code-delivery-mongodb, namespace: $NAMESPACE}
stringData: {uri: "$1"}
E
}

# release NAME CHART NAMESPACE ARGUMENT…: helm upgrade --install, which also works after an interrupted run: helm takes the unfinished
# revision for an operation in progress and refuses to start, so delete that revision first.
release() {
  local unfinished output=$CACHE/log/helm.log
  mapfile -t unfinished < <(kubectl get secrets --namespace "$3" -l "owner=helm,name=$1,status in (pending-install,pending-upgrade,pending-rollback)" -o name)
  if ((${#unfinished[@]})); then kubectl delete --namespace "$3" "${unfinished[@]}"; fi
  if ! helm upgrade --install "$1" "$2" --namespace "$3" --wait --timeout 180s "${@:4}" >"$output" 2>&1; then
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

data() {
  local brokers
  brokers=$(brokers)
  namespace "$DATA_NAMESPACE"
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
  # Strimzi's CRDs without Strimzi itself: the API server validates the connectors against them.
  kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f "$(bash cluster/strimzi/crds.sh)"
  release laptop charts/laptop "$DATA_NAMESPACE" "${OURS[@]}" \
    --set "dataDirectory=$STATE/data,nodeName=$NODE" \
    --set "kafka.image=$(image kafka),kafka.clusterId=$(cat "$STATE/data/kafka-cluster-id"),kafka.nodePort=$KAFKA_PORT,kafka.replicas=$brokers" \
    --set "mongodb.image=$(image mongodb),elasticsearch.image=$(image elasticsearch),connect.image=$(image connect)"
  if ((brokers > 1)); then say "Kafka at 127.0.0.1:$KAFKA_PORT and the two ports after it"; else say "Kafka at 127.0.0.1:$KAFKA_PORT"; fi
}

product() {
  local brokers
  brokers=$(brokers)
  namespace "$NAMESPACE"
  mongodb_secret "mongodb://mongodb.$DATA_NAMESPACE.svc:27017/code-delivery"
  release code-delivery charts/code-delivery "$NAMESPACE" "${OURS[@]}" --values cluster/values.yaml \
    --set "image.registry=$IMAGE_PREFIX,kafka.bootstrapServers=kafka.$DATA_NAMESPACE.svc:9092,gateway.service.nodePort=$MAP_PORT" \
    --set "elasticsearch.url=http://elasticsearch.$DATA_NAMESPACE.svc:9200,connectorOperator.clusters.connect.url=http://connect.$DATA_NAMESPACE.svc:8083" \
    --set-string "$(tags)" \
    --set "topics.replicationFactor=$brokers,topics.minInsyncReplicas=$((brokers > 1 ? 2 : 1))"
  bash cluster/images.sh prune
  wait_for 30 curl -fsS -m 2 "http://127.0.0.1:$MAP_PORT/" || die "The map does not answer at http://127.0.0.1:$MAP_PORT; see the gateway's log: kubectl logs deployment/code-delivery-gateway"
  # Only our connectors: others may be failing for their own reasons.
  kubectl wait kafkaconnectors --selector app.kubernetes.io/part-of=code-delivery --namespace "$NAMESPACE" --for condition=Ready --timeout 120s || {
    kubectl describe kafkaconnectors --selector app.kubernetes.io/part-of=code-delivery --namespace "$NAMESPACE"
    die "Some connectors are not ready; kubectl describe kafkaconnectors shows the reason."
  }
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
    mongodb_secret "$MONGODB"
    flags+=(--set mongodb.uriSecret.name=code-delivery-mongodb)
  fi
  release code-delivery charts/code-delivery "$NAMESPACE" \
    --set "image.registry=$REGISTRY" --set-string "kafka.bootstrapServers=${KAFKA//,/\\,}" \
    --set-string "$(tags)" "${flags[@]}"
  say "in namespace $NAMESPACE"
}

"$@"
