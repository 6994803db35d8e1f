#!/usr/bin/env bash
# Tests `make demo CLUSTER=current` as a user with an existing cluster, registry and Kafka would run it: the demo's node serves as the
# cluster, after the demo's release has been removed; a registry (Debian's) on loopback holds the images; and the Kafka requires TLS,
# authentication and the ACLs listed in docs/install.md. Finally, `make demo` restores the demo's release.
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
KAFKA_NAMESPACE=secured-kafka
KAFKA_HOST=kafka.$KAFKA_NAMESPACE.svc
# forget_kafka: removes the second Kafka, including one left by an interrupted run.
forget_kafka() {
  kubectl delete namespace "$KAFKA_NAMESPACE" --ignore-not-found
  kubectl delete secret kafka-client --namespace "$NAMESPACE" --ignore-not-found
}
finish() {
  if [[ -n $registry ]]; then kill "$registry" 2>/dev/null || true; fi
  forget_kafka || true
  rm -rf "$scratch"
}
trap finish EXIT
cat >"$scratch/config.yml" <<E
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $scratch/images}}
http: {addr: "127.0.0.1:$PORT"}
E
"$REGISTRY_PROGRAM/usr/bin/docker-registry" serve "$scratch/config.yml" >"$scratch/log" 2>&1 &
registry=$!
wait_for 10 curl -fsS "http://127.0.0.1:$PORT/v2/" || { cat "$scratch/log" >&2; die "The registry is not listening on 127.0.0.1:$PORT; its log is above."; }

# secured_kafka: starts a Kafka with a freshly generated certificate and password.
secured_kafka() {
  local image password
  forget_kafka
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -keyout "$scratch/kafka.key" -out "$scratch/ca.pem" \
    -subj /CN=kafka -addext "subjectAltName=DNS:$KAFKA_HOST"
  cat "$scratch/kafka.key" "$scratch/ca.pem" >"$scratch/server.pem"
  password=$(openssl rand -hex 16)
  printf '%s' "$password" >"$scratch/password"
  cat >"$scratch/client.properties" <<E
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="courier-service" password="$password";
ssl.truststore.type=PEM
ssl.truststore.location=/etc/kafka-secret/ca.pem
E
  kubectl create namespace "$KAFKA_NAMESPACE"
  kubectl create secret generic kafka --namespace "$KAFKA_NAMESPACE" --from-file="$scratch/server.pem" --from-file="$scratch/ca.pem" \
    --from-file="$scratch/client.properties" --from-file="$scratch/password"
  image=$(kubectl get statefulset kafka --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}')
  sed "s|IMAGE|$image|" e2e/secured-kafka.yaml | kubectl apply --namespace "$KAFKA_NAMESPACE" -f -
  kubectl wait --namespace "$KAFKA_NAMESPACE" pod/kafka --for condition=Ready --timeout 60s
  kubectl create secret generic kafka-client --namespace "$NAMESPACE" \
    --from-literal=security.protocol=SASL_SSL --from-literal=sasl.mechanism=SCRAM-SHA-512 --from-literal=sasl.username=courier-service \
    --from-file=sasl.password="$scratch/password" --from-file="ssl.ca.pem=$scratch/ca.pem"
}
# in_kafka CLASS ARGUMENTS…: runs one of Kafka's own tools in its pod.
in_kafka() { kubectl exec --namespace "$KAFKA_NAMESPACE" kafka -c kafka -- /opt/java/bin/java @/opt/kafka/tool.args "$@"; }
# grant RESOURCE-AND-OPERATIONS…: adds ACLs for the product's user.
grant() { in_kafka org.apache.kafka.tools.AclCommand --bootstrap-server localhost:9094 --add --allow-principal User:courier-service "$@" >/dev/null; }

passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }

if make -s demo CLUSTER=current REGISTRY=127.0.0.1:$PORT/code-delivery >"$scratch/output" 2>&1; then die "CLUSTER=current without KAFKA was accepted."; fi
grep -q "KAFKA is not set" "$scratch/output"
ok "Without KAFKA it is rejected with a message that says so"

# The existing deliveries belong to the demo's Kafka.
kubectl delete deliveries --all --namespace "$NAMESPACE"
secured_kafka
if in_kafka org.apache.kafka.tools.TopicCommand --bootstrap-server "$KAFKA_HOST:9092" --command-config /etc/kafka-secret/client.properties \
  --create --topic forbidden >"$scratch/output" 2>&1; then die "The second Kafka allowed an operation without an ACL."; fi
grep -q "Authorization failed" "$scratch/output" || { cat "$scratch/output" >&2; die "The second Kafka refused the operation for a reason other than a missing ACL; see above."; }
ok "The second Kafka authenticates the user, and allows nothing without an ACL"
# The ACLs listed in docs/install.md.
grant --topic '*' --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write
grant --group '*' --operation Read --operation Describe
helm uninstall code-delivery --namespace "$NAMESPACE" --wait
make -s demo CLUSTER=current REGISTRY="127.0.0.1:$PORT/code-delivery" KAFKA="$KAFKA_HOST:9092" \
  MONGODB="mongodb://mongodb.$DATA_NAMESPACE.svc:27017/current" \
  HELM_FLAGS="--set kafka.propertiesSecret=kafka-client,topics.replicationFactor=1,topics.minInsyncReplicas=1"
[[ $(kubectl get deployment code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}') == "127.0.0.1:$PORT/code-delivery/gateway:"* ]]
ok "The product is installed with images from the registry"

map=$(kubectl get service code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.clusterIP}')
# kube-proxy may take a moment to program the new Service.
wait_for 10 curl -fsS -m 5 -o "$scratch/settings" "http://$map/config.json"
grep -q '"history":false' "$scratch/settings"
[[ -z $(kubectl get kafkaconnectors --namespace "$NAMESPACE" -l app.kubernetes.io/part-of=code-delivery -o name) ]]
ok "It runs without Elasticsearch and connectors, and reports that the History view is off"

kubectl delete --ignore-not-found -f crds/examples/delivery.yaml
kubectl apply -f crds/examples/delivery.yaml
kubectl wait -f crds/examples/delivery.yaml --for 'jsonpath={.status.phase}=Running' --timeout 60s
kubectl get pods --namespace "$NAMESPACE" -l app.kubernetes.io/name=code-delivery-simulator -o 'jsonpath={.items[*].spec.containers[0].image}' | grep -qF "127.0.0.1:$PORT/"
ok "A delivery runs there, with the simulator image from the registry"

kubectl delete -f crds/examples/delivery.yaml
kubectl apply -f - <<E
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {name: secured, namespace: $NAMESPACE}
spec: {routeRef: {name: primeiro}, intervalMilliseconds: 100}
E
kubectl wait deliveries/secured --namespace "$NAMESPACE" --for 'jsonpath={.status.phase}=Finished' --timeout 60s
kubectl delivery verify --delivery secured --namespace "$NAMESPACE" --strict
ok "With TLS, authentication and the ACLs of docs/install.md, every position is in the log, once and in order"
kubectl delete deliveries/secured --namespace "$NAMESPACE"

make -s demo
[[ $(kubectl get deployment code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}') == "$IMAGE_PREFIX/"* ]]
ok "Another make demo restores the demo's own release"
echo "# pass $passed"
