#!/usr/bin/env bash
# Tries the product where there is no IPv4: a network namespace in which no interface has an address of IPv4, not even loopback. In it run a real
# etcd, API server and controller manager, Kafka, the MongoDB-compatible server and the mail server; helm installs the chart, and kubelet.py runs
# its pods from their images, each in a network namespace of its own. The tests are in ipv6.test.mjs. Everything started here is in a
# process namespace, so it ends with this script; nothing of it can be reached from outside.
source "$(dirname "${BASH_SOURCE[0]}")/../../cluster/lib.sh"
HERE=$ROOT/e2e/ipv6

if [[ -z ${INSIDE:-} ]]; then
  bash "$ROOT/cluster/build.sh" tools node mongodb mailpit kafka web services
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  export scratch
  INSIDE=1 unshare --net --mount --pid --fork --kill-child --mount-proc bash "${BASH_SOURCE[0]}"
  exit
fi

NETWORK=fd00:cd::
ADDRESS=${NETWORK}1
API=https://[$ADDRESS]:6443
export KUBECONFIG=$scratch/kubeconfig

# The names of network namespaces are files there.
mount -t tmpfs tmpfs /run
ip link set lo up
ip -4 address flush dev lo # the kernel adds 127.0.0.1
ip link add pods type bridge
ip address add "$ADDRESS/64" dev pods nodad
ip link set pods up

mkdir "$scratch"/{log,pods,mongodb,mailpit}
# finish: shows the logs when something went wrong.
finish() {
  local status=$?
  if ((status != 0)); then tail -n 20 "$scratch"/log/* "$scratch"/pods/*/log >&2 || true; fi
}
trap finish EXIT

# start NAME COMMAND…: in the background.
declare -A pids
start() {
  "${@:2}" >"$scratch/log/$1" 2>&1 &
  pids[$1]=$!
}

# until_true NAME COMMAND…: at most three minutes, and only while the program lives.
until_true() {
  local i
  for ((i = 0; i < 900; i++)); do
    if "${@:2}" >/dev/null 2>&1; then return; fi
    kill -0 "${pids[$1]}" 2>/dev/null || die "$1 has ended."
    sleep 0.2
  done
  die "$1 did not become ready in three minutes."
}

# The API server's certificate is for its address; there is one token, of an administrator.
(
  cd "$scratch"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -keyout ca.key -out ca.crt -subj /CN=ipv6
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout api.key -out api.csr -subj /CN=kube-apiserver
  openssl x509 -req -in api.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile <(echo "subjectAltName=IP:$ADDRESS") -out api.crt
  openssl genrsa -out accounts.key 2048
) 2>"$scratch/log/openssl"
TOKEN=$(openssl rand -hex 16)
printf '%s,admin,1,"system:masters"\n' "$TOKEN" >"$scratch/tokens.csv"
cat >"$KUBECONFIG" <<K
apiVersion: v1
kind: Config
clusters: [{name: ipv6, cluster: {server: "$API", certificate-authority: $scratch/ca.crt}}]
users: [{name: admin, user: {token: $TOKEN}}]
contexts: [{name: ipv6, context: {cluster: ipv6, user: admin, namespace: $NAMESPACE}}]
current-context: ipv6
K

start etcd "$BIN/kubernetes" etcd --name ipv6 --data-dir "$scratch/etcd" --listen-client-urls 'http://[::1]:2379' --advertise-client-urls 'http://[::1]:2379' \
  --listen-peer-urls 'http://[::1]:2380' --initial-advertise-peer-urls 'http://[::1]:2380' --initial-cluster 'ipv6=http://[::1]:2380'

cat >"$scratch/kafka.properties" <<K
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@[::1]:9093
listeners=PLAINTEXT://[$ADDRESS]:9092,CONTROLLER://[::1]:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$scratch/kafka
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
K
# The image's files, outside a container: only the path of the log's configuration differs.
kafka() {
  cd "$CACHE/images/kafka/root/opt/kafka"
  exec ../java/bin/java @java.args -Xmx256m "-Dlog4j2.configurationFile=$PWD/log4j2.properties" "$@"
}
run_kafka() {
  (kafka kafka.tools.StorageTool format -t QXJjaGl2ZU9mQ2xhc3Nlcw -c "$scratch/kafka.properties")
  kafka kafka.Kafka "$scratch/kafka.properties"
}
start kafka run_kafka
start mongodb "$CACHE/images/mongodb/root/mongodb" -listen "[$ADDRESS]:27017" -health "[$ADDRESS]:8081" -data "$scratch/mongodb"
start mailpit "$CACHE/images/mailpit/root/mailpit" --smtp "[$ADDRESS]:1025" --listen "[$ADDRESS]:8025" --database "$scratch/mailpit/mails.db" --disable-version-check --smtp-disable-rdns

until_true etcd curl -fsS -m 2 'http://[::1]:2379/health'
start api-server "$BIN/kubernetes" kube-apiserver --bind-address "$ADDRESS" --advertise-address "$ADDRESS" --secure-port 6443 --etcd-servers 'http://[::1]:2379' \
  --service-cluster-ip-range "${NETWORK}1:0/112" --authorization-mode RBAC --token-auth-file "$scratch/tokens.csv" --tls-cert-file "$scratch/api.crt" \
  --tls-private-key-file "$scratch/api.key" --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$scratch/accounts.key" \
  --service-account-signing-key-file "$scratch/accounts.key"
until_true api-server kubectl get --raw /readyz
# What makes pods of Deployments, finds the endpoints of Services, and deletes the pods of deleted Deliveries.
start controller-manager "$BIN/kubernetes" kube-controller-manager --kubeconfig "$KUBECONFIG" --leader-elect=false --bind-address ::1 --root-ca-file "$scratch/ca.crt" \
  --kube-api-qps 100 --kube-api-burst 200 \
  --controllers deployment-controller,replicaset-controller,endpoints-controller,endpointslice-controller,serviceaccount-controller,root-ca-certificate-publisher-controller,garbage-collector-controller
API=$API TOKEN=$TOKEN CA=$scratch/ca.crt IMAGES=$CACHE/images SCRATCH=$scratch NETWORK=$NETWORK BRIDGE=pods start kubelet python3 "$HERE/kubelet.py"

kubectl create -f - <<K >"$scratch/log/kubectl"
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Node, metadata: {name: node}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: $NAMESPACE}}
  - apiVersion: v1
    kind: Secret
    metadata: {name: code-delivery-mongodb, namespace: $NAMESPACE}
    stringData:
      uri: mongodb://[$ADDRESS]:27017/code-delivery
      purchases-uri: mongodb://[$ADDRESS]:27017/purchases
      invoices-uri: mongodb://[$ADDRESS]:27017/invoices
      notifications-uri: mongodb://[$ADDRESS]:27017/notifications
K
tags=image.registry=$IMAGE_PREFIX
for name in "${PRODUCT[@]}"; do tags+=,${name/-o/O}.image.tag=$(cut -d: -f2 "$CACHE/images/$name/reference"); done
until_true kafka grep -q 'Kafka Server started' "$scratch/log/kafka"
if ! helm upgrade --install code-delivery "$ROOT/charts/code-delivery" --namespace "$NAMESPACE" --values "$HERE/values.yaml" --set-string "$tags" --wait --timeout 180s \
  >"$scratch/log/helm" 2>&1; then
  kubectl get pods -o wide >&2
  die "The chart could not be installed, or its pods did not become ready; the logs are below."
fi

ADDRESS=$ADDRESS NAMESPACE=$NAMESPACE CHART=$ROOT/charts/code-delivery node --experimental-websocket --disable-warning=ExperimentalWarning --test-force-exit --test "$HERE/ipv6.test.mjs"
