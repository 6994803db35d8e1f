#!/usr/bin/env bash
# `make demo CLUSTER=current` as somebody with a cluster, a registry and a Kafka of their own would type it: the demo's node serves as
# that cluster once its own release is gone, and a registry (Debian's) on loopback holds the images. In the end a second `make demo`
# puts the demo's release back.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
source "$ROOT/cluster/process.sh"
cd "$ROOT"
export KUBECONFIG=$STATE/kubeconfig
PORT=30500

REGISTRY_PROGRAM=$CACHE/built/registry-$(key docker-registry)
if absent "$REGISTRY_PROGRAM"; then
  (cd "$WORK" && apt-get download -q -o APT::Sandbox::User=root docker-registry && dpkg -x docker-registry_*.deb .)
  keep "$REGISTRY_PROGRAM"
fi
scratch=$(mktemp -d)
registry=
trap 'if [[ -n $registry ]]; then kill "$registry" 2>/dev/null; fi; rm -rf "$scratch"' EXIT
cat >"$scratch/config.yml" <<E
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $scratch/images}}
http: {addr: "127.0.0.1:$PORT"}
E
"$REGISTRY_PROGRAM/usr/bin/docker-registry" serve "$scratch/config.yml" >"$scratch/log" 2>&1 &
registry=$!
wait_for 10 curl -fsS "http://127.0.0.1:$PORT/v2/" || { cat "$scratch/log" >&2; die "The registry does not listen on 127.0.0.1:$PORT; see above."; }

passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }

if make -s demo CLUSTER=current REGISTRY=127.0.0.1:$PORT/code-delivery >"$scratch/output" 2>&1; then die "CLUSTER=current without KAFKA was not refused."; fi
grep -q "KAFKA is not set" "$scratch/output"
ok "Without a Kafka it is refused, and says so"

helm uninstall code-delivery --namespace "$NAMESPACE" --wait
make -s demo CLUSTER=current REGISTRY="127.0.0.1:$PORT/code-delivery" KAFKA="kafka.$DATA_NAMESPACE.svc:9092" \
  MONGODB="mongodb://mongodb.$DATA_NAMESPACE.svc:27017/code-delivery" HELM_FLAGS="--set topics.replicationFactor=1,topics.minInsyncReplicas=1"
[[ $(kubectl get deployment code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}') == "127.0.0.1:$PORT/code-delivery/gateway:"* ]]
ok "The product is installed with images from the registry"

map=$(kubectl get service code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.clusterIP}')
# kube-proxy hears of the new Service a moment later.
wait_for 10 curl -fsS -m 5 -o "$scratch/settings" "http://$map/config.json"
grep -q '"history":false' "$scratch/settings"
[[ -z $(kubectl get kafkaconnectors --namespace "$NAMESPACE" -l app.kubernetes.io/part-of=code-delivery -o name) ]]
ok "It runs without Elasticsearch and connectors, and says so"

kubectl delete --ignore-not-found -f crds/examples/delivery.yaml
kubectl apply -f crds/examples/delivery.yaml
kubectl wait -f crds/examples/delivery.yaml --for 'jsonpath={.status.phase}=Running' --timeout 60s
kubectl get pods --namespace "$NAMESPACE" -l app.kubernetes.io/name=code-delivery-simulator -o 'jsonpath={.items[*].spec.containers[0].image}' | grep -qF "127.0.0.1:$PORT/"
ok "A delivery runs there, its vehicle from the registry's image"

make -s demo
[[ $(kubectl get deployment code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}') == "$IMAGE_PREFIX/"* ]]
ok "A second make demo puts the demo's own release back"
echo "# pass $passed"
