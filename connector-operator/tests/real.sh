#!/usr/bin/env bash
# real.sh [TEST]: the connector operator against a real API server with Strimzi's own kinds, and a real Kafka and Kafka Connect. They
# listen on free ports of the loopback interface only, and are ended in the end. The tests are in real/; they kill and start Connect.
source "$(dirname "${BASH_SOURCE[0]}")/../../cluster/lib.sh"
cd "$ROOT"

if [[ ! -x $BIN/kubernetes ]]; then bash cluster/build.sh node; fi
if [[ ! -x $BIN/helm ]]; then bash cluster/build.sh tools; fi
kinds=$(bash cluster/strimzi/crds.sh)
mkdir -p "$CACHE/built"
servers=$CACHE/built/connector-servers-$(hash_of cluster/kafka/pom.xml cluster/kafka/log4j2.properties cluster/connect/pom.xml)
if absent "$servers"; then
  for program in kafka connect; do
    mvn -q -B -f "cluster/$program/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$WORK/$program"
  done
  cp cluster/kafka/log4j2.properties "$WORK/"
  keep "$servers"
fi
cargo test --locked --workspace --test real --no-run

work=$(mktemp -d)
# finish: ends what was started here, by its number, and shows the logs when something went wrong.
finish() {
  local status=$? file
  for file in "$work"/*.pid; do
    if [[ -s $file ]]; then
      kill -KILL "$(cat "$file")" 2>/dev/null || true
      wait "$(cat "$file")" 2>/dev/null || true
    fi
  done
  mkdir -p "$CACHE/log"
  if [[ -e $work/operator.log ]]; then cp "$work/operator.log" "$CACHE/log/connector-operator.log"; fi
  if ((status != 0)); then tail -n 20 "$work"/*.log >&2 || true; fi
  rm -rf "$work"
}
trap finish EXIT

# start NAME COMMAND…: in the background.
start() {
  "${@:2}" >"$work/$1.log" 2>&1 &
  echo $! >"$work/$1.pid"
}

# until_true NAME COMMAND…: at most three minutes, and only while the program lives.
until_true() {
  local i
  for ((i = 0; i < 900; i++)); do
    if "${@:2}" >/dev/null 2>&1; then return; fi
    kill -0 "$(cat "$work/$1.pid")" 2>/dev/null || die "$1 has ended."
    sleep 0.2
  done
  die "$1 did not become ready in three minutes."
}

mapfile -t ports < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(6)]
for one in sockets: one.bind(("127.0.0.1", 0))
for one in sockets: print(one.getsockname()[1])')
etcd=${ports[0]} peer=${ports[1]} api=${ports[2]} kafka=${ports[3]} controller=${ports[4]} connect=${ports[5]}

start etcd "$BIN/kubernetes" etcd --name real --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$etcd" --advertise-client-urls "http://127.0.0.1:$etcd" \
  --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "real=http://127.0.0.1:$peer"
until_true etcd curl -fsS -m 2 "http://127.0.0.1:$etcd/health"

# Two users: the test, and the operator under the name of its service account, with the rules that the chart gives it.
openssl genrsa -out "$work/accounts.key" 2048 2>/dev/null
account=system:serviceaccount:shop:code-delivery-connector-operator
printf 'admin,admin,1,"system:masters"\noperator,%s,2\n' "$account" >"$work/tokens.csv"
start api "$BIN/kubernetes" kube-apiserver --bind-address 127.0.0.1 --secure-port "$api" --cert-dir "$work/certificates" --etcd-servers "http://127.0.0.1:$etcd" \
  --service-cluster-ip-range 10.96.0.0/16 --authorization-mode RBAC --token-auth-file "$work/tokens.csv" --service-account-issuer https://kubernetes.default.svc \
  --service-account-key-file "$work/accounts.key" --service-account-signing-key-file "$work/accounts.key" --disable-admission-plugins ServiceAccount
for user in admin operator; do
  cat >"$work/$user.yaml" <<K
apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "https://127.0.0.1:$api", insecure-skip-tls-verify: true}}]
users: [{name: $user, user: {token: $user}}]
contexts: [{name: real, context: {cluster: real, user: $user, namespace: shop}}]
current-context: real
K
done

cat >"$work/kafka.properties" <<K
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$kafka,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$work/kafka
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
K
cat >"$work/connect.properties" <<K
bootstrap.servers=127.0.0.1:$kafka
group.id=real
listeners=HTTP://127.0.0.1:$connect
rest.advertised.host.name=127.0.0.1
config.storage.topic=real-configs
config.storage.replication.factor=1
offset.storage.topic=real-offsets
offset.storage.replication.factor=1
offset.storage.partitions=1
offset.flush.interval.ms=500
status.storage.topic=real-status
status.storage.replication.factor=1
status.storage.partitions=1
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
plugin.discovery=service_load
scheduled.rebalance.max.delay.ms=0
config.providers=file
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
config.providers.file.param.allowed.paths=$work/files
K
mkdir -p "$work/files"
java=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m "-Dlog4j2.configurationFile=$servers/log4j2.properties")
"${java[@]}" -cp "$servers/kafka/*" kafka.tools.StorageTool format -t QXJjaGl2ZU9mQ2xhc3Nlcw -c "$work/kafka.properties" >"$work/format.log" 2>&1
start kafka "${java[@]}" -cp "$servers/kafka/*" kafka.Kafka "$work/kafka.properties"
until_true kafka grep -q 'Kafka Server started' "$work/kafka.log"

kubectl() { "$BIN/kubectl" --kubeconfig "$work/admin.yaml" "$@"; }
until_true api kubectl get --raw /readyz
kubectl create namespace shop >&2
helm template code-delivery charts/code-delivery --namespace shop --values charts/code-delivery/ci/minimal-values.yaml --set connectorOperator.enabled=true \
  --set connectorOperator.clusters.connect.url=http://connect --show-only templates/connector-operator/rbac.yaml 2>"$work/helm.log" | kubectl apply -f - >&2

REAL_WORK=$work REAL_CONNECT=http://127.0.0.1:$connect REAL_KINDS=$kinds \
  REAL_CONNECT_COMMAND="$(printf '%s\n' "${java[@]}" -cp "$servers/connect/*" org.apache.kafka.connect.cli.ConnectDistributed "$work/connect.properties")" \
  cargo test --locked --workspace --test real -- --ignored --test-threads 1 ${1:+"$1"}
