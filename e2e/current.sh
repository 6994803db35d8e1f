#!/usr/bin/env bash
# Tests `make demo CLUSTER=current` as a user with an existing cluster, registry and Kafka would run it: the demo's node serves as the
# cluster, after the demo's release has been removed; a registry (Debian's) on loopback holds the images; and the Kafka requires TLS,
# authentication and the ACLs listed in docs/install.md, with a user for each component. Finally, `make demo` restores the demo's release.
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
  kubectl delete secrets --namespace "$NAMESPACE" --ignore-not-found kafka-{operator,gateway,simulator,kubectl}
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
wait_for 60 curl -fsS "http://127.0.0.1:$PORT/v2/" || { cat "$scratch/log" >&2; die "The registry is not listening on 127.0.0.1:$PORT; its log is above."; }

# secured_kafka: starts a Kafka with a freshly generated certificate and password, and creates the components' Secrets.
secured_kafka() {
  local image password user
  forget_kafka
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -keyout "$scratch/kafka.key" -out "$scratch/ca.pem" \
    -subj /CN=kafka -addext "subjectAltName=DNS:$KAFKA_HOST"
  cat "$scratch/kafka.key" "$scratch/ca.pem" >"$scratch/server.pem"
  password=$(openssl rand -hex 16)
  printf '%s' "$password" >"$scratch/password"
  cat >"$scratch/client.properties" <<E
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="simulator" password="$password";
ssl.truststore.type=PEM
ssl.truststore.location=/etc/kafka-secret/ca.pem
E
  kubectl create namespace "$KAFKA_NAMESPACE"
  kubectl create secret generic kafka --namespace "$KAFKA_NAMESPACE" --from-file="$scratch/server.pem" --from-file="$scratch/ca.pem" \
    --from-file="$scratch/client.properties" --from-file="$scratch/password"
  image=$(kubectl get statefulset kafka --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}')
  sed "s|IMAGE|$image|" e2e/secured-kafka.yaml | kubectl apply --namespace "$KAFKA_NAMESPACE" -f -
  kubectl wait --namespace "$KAFKA_NAMESPACE" pod/kafka --for condition=Ready --timeout 60s
  for user in operator gateway simulator kubectl; do
    kubectl create secret generic "kafka-$user" --namespace "$NAMESPACE" \
      --from-literal=security.protocol=SASL_SSL --from-literal=sasl.mechanism=SCRAM-SHA-512 --from-literal=sasl.username="$user" \
      --from-file=sasl.password="$scratch/password" --from-file="ssl.ca.pem=$scratch/ca.pem"
  done
}
# in_kafka CLASS ARGUMENTS…: runs one of Kafka's own tools in its pod.
in_kafka() { kubectl exec --namespace "$KAFKA_NAMESPACE" kafka -c kafka -- /opt/java/bin/java @/opt/kafka/tool.args "$@"; }
# in_kafka_as_simulator CLASS ARGUMENTS…: the same with the permissions of the simulators' user.
in_kafka_as_simulator() { in_kafka "$1" --bootstrap-server "$KAFKA_HOST:9092" --command-config /etc/kafka-secret/client.properties "${@:2}"; }
# grant USER OPERATIONS [OPTION…] RESOURCE…: adds ACLs; OPERATIONS are separated by commas, a RESOURCE is topic:NAME or group:NAME.
grant() {
  local arguments=(--allow-principal "User:$1") operation resource
  for operation in ${2//,/ }; do arguments+=(--operation "$operation"); done
  for resource in "${@:3}"; do
    if [[ $resource == -* ]]; then arguments+=("$resource"); else arguments+=("--${resource%%:*}" "${resource#*:}"); fi
  done
  in_kafka org.apache.kafka.tools.AclCommand --bootstrap-server localhost:9094 --add "${arguments[@]}" >/dev/null
}

passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }

if make -s demo CLUSTER=current REGISTRY=127.0.0.1:$PORT/code-delivery >"$scratch/output" 2>&1; then die "CLUSTER=current without KAFKA was accepted."; fi
grep -q "KAFKA is not set" "$scratch/output"
ok "Without KAFKA it is rejected with a message that says so"

# The existing deliveries belong to the demo's Kafka.
kubectl delete deliveries --all --namespace "$NAMESPACE"
secured_kafka
if in_kafka_as_simulator org.apache.kafka.tools.TopicCommand --create --topic forbidden >"$scratch/output" 2>&1; then die "The second Kafka allowed an operation without an ACL."; fi
grep -q "Authorization failed" "$scratch/output" || { cat "$scratch/output" >&2; die "The second Kafka refused the operation for a reason other than a missing ACL; see above."; }
ok "The second Kafka authenticates users, and allows nothing without an ACL"
# The ACLs listed in docs/install.md.
topics=(topic:route.new-direction topic:delivery.command topic:route.new-position topic:delivery.plan topic:delivery.state topic:route.catalogue
  topic:delivery.erased topic:dead-letters)
grant operator Create,Describe,DescribeConfigs "${topics[@]}"
grant operator Read,Write topic:delivery.plan topic:delivery.state topic:route.catalogue topic:dead-letters
grant operator Read topic:route.new-direction topic:delivery.command topic:delivery.erased
grant operator Read --resource-pattern-type=prefixed group:operator
grant gateway Read topic:route.new-position topic:delivery.plan topic:delivery.state topic:route.catalogue topic:delivery.erased topic:dead-letters \
  group:code-delivery-gateway group:code-delivery-history
grant gateway Write topic:route.new-direction topic:delivery.command topic:dead-letters
grant simulator Read,Write topic:route.new-position topic:delivery.state
grant simulator Read group:code-delivery-simulator
grant kubectl Read,DescribeConfigs "${topics[@]}" topic:dead-letters.connect
grant kubectl Write topic:delivery.erased
grant kubectl Read group:kubectl-delivery
grant kubectl Describe 'group:*'
helm uninstall code-delivery --namespace "$NAMESPACE" --wait
make -s demo CLUSTER=current REGISTRY="127.0.0.1:$PORT/code-delivery" KAFKA="$KAFKA_HOST:9092" \
  MONGODB="mongodb://mongodb.$DATA_NAMESPACE.svc:27017/current" \
  HELM_FLAGS="--set kafka.componentSecrets.operator=kafka-operator,kafka.componentSecrets.gateway=kafka-gateway,kafka.componentSecrets.simulator=kafka-simulator,kafka.componentSecrets.kubectl=kafka-kubectl,topics.replicationFactor=1,topics.minInsyncReplicas=1"
[[ $(kubectl get deployment code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}') == "127.0.0.1:$PORT/code-delivery/gateway:"* ]]
ok "The product is installed with images from the registry"

map=$(kubectl get service code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.clusterIP}')
# kube-proxy may take a moment to program the new Service.
wait_for 60 curl -fsS -m 5 -o "$scratch/settings" "http://$map/config.json"
grep -q '"history":false' "$scratch/settings"
[[ -z $(kubectl get kafkaconnectors --namespace "$NAMESPACE" -l app.kubernetes.io/part-of=code-delivery -o name) ]]
ok "It runs without Elasticsearch and connectors, and reports that the History view is off"

kubectl delete --ignore-not-found -f crds/examples/delivery.yaml
kubectl apply -f crds/examples/delivery.yaml
kubectl wait -f crds/examples/delivery.yaml --for 'jsonpath={.status.phase}=Running' --timeout 180s
kubectl get pods --namespace "$NAMESPACE" -l app.kubernetes.io/name=code-delivery-simulator -o 'jsonpath={.items[*].spec.containers[0].image}' | grep -qF "127.0.0.1:$PORT/"
ok "A delivery runs there, with the simulator image from the registry"

kubectl delete -f crds/examples/delivery.yaml
kubectl apply -f - <<E
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {name: secured, namespace: $NAMESPACE}
spec: {routeRef: {name: primeiro}, intervalMilliseconds: 100}
E
kubectl wait deliveries/secured --namespace "$NAMESPACE" --for 'jsonpath={.status.phase}=Finished' --timeout 240s
kubectl delivery verify --delivery secured --namespace "$NAMESPACE" --strict
ok "With TLS, authentication and the ACLs of docs/install.md, every position is in the log, once and in order"
visible=$(in_kafka_as_simulator org.apache.kafka.tools.TopicCommand --list | tr -d '\r' | grep -xE '[a-z]+[.-][a-z.-]+' | sort | paste -sd' ')
[[ $visible == "delivery.state route.new-position" ]] || die "The simulators' user sees these topics: $visible."
ok "The simulators' user cannot even see topics other than its two"
kubectl delete deliveries/secured --namespace "$NAMESPACE"

# helm_test: with its output in $scratch/output.
helm_test() { helm test code-delivery --namespace "$NAMESPACE" --logs >"$scratch/output" 2>&1; }
helm_test || { cat "$scratch/output" >&2; die "helm test failed, although Kafka works; its output is above."; }
grep -q "route.new-position" "$scratch/output"
ok "helm test reaches Kafka with the Secret of the plugin"
helm upgrade code-delivery charts/code-delivery --namespace "$NAMESPACE" --reuse-values --set kafka.bootstrapServers=nowhere.svc:9092 >/dev/null
if helm_test; then die "helm test passed with an address of Kafka that does not exist."; fi
grep -q "Kafka at nowhere.svc:9092 does not answer .*kafka.bootstrapServers" "$scratch/output" ||
  { cat "$scratch/output" >&2; die "helm test does not say that the address of Kafka is wrong; its output is above."; }
ok "helm test says in a sentence that the address of Kafka is wrong"
# told COMPONENT: whether a pod of it has the Event.
told() {
  kubectl get events --namespace "$NAMESPACE" --field-selector reason=KafkaUnreachable,involvedObject.kind=Pod \
    -o 'jsonpath={range .items[*]}{.involvedObject.name}{": "}{.message}{"\n"}{end}' | grep -q "^code-delivery-$1-.*kafka.bootstrapServers"
}
for component in operator gateway; do
  wait_for 240 told "$component" || die "No pod of the $component has an Event that says that the address of Kafka is wrong."
done
ok "The new pods, which wait for Kafka, have an Event that says so, while the old ones go on"

make -s demo
[[ $(kubectl get deployment code-delivery-gateway --namespace "$NAMESPACE" -o 'jsonpath={.spec.template.spec.containers[0].image}') == "$IMAGE_PREFIX/"* ]]
ok "Another make demo restores the demo's own release"
echo "# pass $passed"
