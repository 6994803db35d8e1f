#!/usr/bin/env bash
# check.sh node | gone: tests the cluster while it is running (node), or that nothing is left after make demo-down (gone).
# Prints one line per check and two counts at the end, in TAP format. Cleans up after itself.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
source "$ROOT/cluster/network.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
export KUBECONFIG=$STATE/kubeconfig
TRIAL=code-delivery-check
passed=0 failed=0
work=$(mktemp -d)

image() { cat "$CACHE/images/$1/reference"; }
pids() { for name in "$STATE"/pid/*; do pid_of "$(basename "$name")" && echo; done; }

# check SENTENCE FUNCTION: runs the function in a separate shell, where the first failing command ends it.
check() {
  local status=0
  bash -c 'source "$1"; set -x; "$2"' bash "$work/functions" "$2" >"$work/output" 2>&1 || status=$?
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "ok $((passed + failed)) - $1"
  else
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $1"
    sed 's/^/  # /' "$work/output" | tail -n 30
  fi
}

# not COMMAND…: fails if the command succeeds. Unlike !, this ends the check.
not() { if "$@"; then return 1; fi; }

# holds TEXT PATTERN: true if a line of the text matches.
holds() { grep -E -- "$2" <<<"$1"; }

# kafka_tool CLASS ARGUMENT…: runs one of Kafka's tools in the broker's pod.
kafka_tool() { kubectl exec --namespace "$DATA_NAMESPACE" -i kafka-0 -c kafka -- /opt/java/bin/java @tool.args "$1" --bootstrap-server localhost:9092 "${@:2}"; }

node_takes_300_pods() { [[ $(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.allocatable.pods}') == "True 300" ]]; }

# Every listening socket of the node's programs must be on loopback or on the bridge.
nothing_listens_beyond() {
  local pid sockets
  sockets=$(ss -Hlntup)
  for pid in $(pids); do
    not holds "$(grep "pid=$pid," <<<"$sockets" | awk '{ print $5 }' | grep -vE "^(127\.[0-9.]+|\[::1\]|${NODE_IP//./\\.}):[0-9]+$")" .
  done
  [[ -n $(pids) ]]
}

outsiders_are_fenced_off() {
  iptables -t mangle -C PREROUTING -j "$FENCE"
  iptables -t mangle -C "$FENCE" -i "$BRIDGE" -d 127.0.0.0/8 -j DROP
  iptables -t mangle -C "$FENCE" ! -i lo -d 127.0.0.0/8 -j DROP
  iptables -t mangle -C "$FENCE" -d "$POD_NETWORK" -j DROP
  iptables -t mangle -C "$FENCE" -d "$SERVICE_NETWORK" -j DROP
  # How the kernel would route a pod's packet to an outside address (from a range reserved for documentation).
  holds "$(ip -4 route get 198.51.100.1 from "${NODE_IP%.*}.250" iif "$BRIDGE" 2>&1)" unreachable
}

# Another user of this machine, without any of our groups.
as_a_local_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# etcd serves the API server, but no other local user, with or without TLS or a certificate of the cluster's.
etcd_refuses_local_users() {
  local secrets='{"key":"L3JlZ2lzdHJ5L3NlY3JldHMv","range_end":"L3JlZ2lzdHJ5L3NlY3JldHMw","count_only":true}'
  local pki=$STATE/pki port scheme file
  ask_etcd() { curl -fsS -m 30 --cacert "$pki/etcd-ca.crt" --cert "$pki/$1.crt" --key "$pki/$1.key" -d "$secrets" https://127.0.0.1:2379/v3/kv/range; }
  holds "$(ask_etcd api-server-to-etcd)" '"count":"[1-9]'
  not ask_etcd admin
  for port in 2379 2380; do
    for scheme in http https; do
      not as_a_local_user curl -sS -k -m 5 -f -d "$secrets" "$scheme://127.0.0.1:$port/v3/kv/range"
      not as_a_local_user curl -sS -k -m 5 -f "$scheme://127.0.0.1:$port/version"
    done
  done
  for file in "$STATE/kubeconfig" "$pki"/*.key "$pki"/*.kubeconfig "$STATE/etcd/member"; do
    test -e "$file"
    not as_a_local_user test -r "$file"
  done
}

node_ports_are_on_loopback_only() {
  local address port
  for port in "$KAFKA_PORT" "$MAP_PORT" "$GATEWAY_PORT"; do
    timeout 30 bash -c "</dev/tcp/127.0.0.1/$port"
    for address in $(ip -4 -o addr show scope global | awk '{ sub(/\/.*/, "", $4); print $4 }'); do
      not timeout 2 bash -c "</dev/tcp/$address/$port"
    done
  done
}

restricted_pods_run_and_roll() {
  local first
  kubectl apply --server-side -f - <<E
apiVersion: apps/v1
kind: Deployment
metadata: {name: pause, namespace: $TRIAL}
spec:
  replicas: 2
  selector: {matchLabels: {app: pause}}
  template:
    metadata: {labels: {app: pause}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: pause
          image: $(image pause)
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
E
  kubectl rollout status --namespace "$TRIAL" deployment/pause --timeout 180s
  mapfile -t first < <(kubectl get pods --namespace "$TRIAL" -l app=pause -o name)
  kubectl set env --namespace "$TRIAL" deployment/pause ROUND=2
  kubectl rollout status --namespace "$TRIAL" deployment/pause --timeout 180s
  kubectl wait --namespace "$TRIAL" --for delete --timeout 120s "${first[@]}"
}

privileged_pods_are_refused() {
  holds "$(kubectl run privileged --namespace "$TRIAL" --image "$(image pause)" --privileged 2>&1 || true)" 'violates PodSecurity "restricted'
}

# A pod in another namespace reaches Kafka by its Service's name: DNS, Service, network.
pods_find_services_by_name() {
  kubectl delete pod --namespace "$TRIAL" finder --ignore-not-found --now
  kubectl apply -f - <<E
apiVersion: v1
kind: Pod
metadata: {name: finder, namespace: $TRIAL}
spec:
  restartPolicy: Never
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: finder
      image: $(image kafka)
      command: [/opt/java/bin/java, "@tool.args", org.apache.kafka.tools.TopicCommand, --bootstrap-server, "kafka.$DATA_NAMESPACE.svc:9092", --list]
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
E
  kubectl wait --namespace "$TRIAL" pod/finder --for 'jsonpath={.status.phase}=Succeeded' --timeout 180s
}

logs_and_exec_work() {
  holds "$(kubectl logs --namespace "$DATA_NAMESPACE" kafka-0 -c kafka --tail 5)" INFO
  holds "$(kubectl exec --namespace "$DATA_NAMESPACE" mongodb-0 -- /mongodb -help 2>&1)" -listen
}

port_forward_works() {
  kubectl port-forward --namespace "$DATA_NAMESPACE" service/mongodb 27917:27017 &
  trap 'kill %1 2>/dev/null || true' EXIT
  wait_for 60 timeout 2 bash -c '</dev/tcp/127.0.0.1/27917'
}

# A record is written to one broker process and read from the next one on the same volume.
data_outlives_a_pod() {
  local topic record before
  topic=code-delivery-check-$(date +%s) record=$RANDOM$RANDOM$RANDOM
  kafka_tool org.apache.kafka.tools.TopicCommand --create --topic "$topic" --partitions 1
  kafka_tool org.apache.kafka.tools.ConsoleProducer --topic "$topic" <<<"$record"
  before=$(kubectl get pod --namespace "$DATA_NAMESPACE" kafka-0 -o 'jsonpath={.metadata.uid}')
  kubectl delete pod --namespace "$DATA_NAMESPACE" kafka-0 --wait
  kubectl rollout status --namespace "$DATA_NAMESPACE" statefulset/kafka --timeout 240s
  [[ $(kubectl get pod --namespace "$DATA_NAMESPACE" kafka-0 -o 'jsonpath={.metadata.uid}') != "$before" ]]
  holds "$(kafka_tool org.apache.kafka.tools.consumer.ConsoleConsumer --topic "$topic" --from-beginning --timeout-ms 60000 --max-messages 1)" "^$record$"
  kafka_tool org.apache.kafka.tools.TopicCommand --delete --topic "$topic"
}

# The broker's and the tools' libraries for every compression that a client may use.
kafka_takes_every_compression() {
  local topic codec read
  topic=code-delivery-check-$(date +%s)
  kafka_tool org.apache.kafka.tools.TopicCommand --create --topic "$topic" --partitions 1
  for codec in gzip snappy lz4 zstd; do
    kafka_tool org.apache.kafka.tools.ConsoleProducer --topic "$topic" --compression-codec "$codec" <<<"with $codec"
  done
  read=$(kafka_tool org.apache.kafka.tools.consumer.ConsoleConsumer --topic "$topic" --from-beginning --timeout-ms 60000 --max-messages 4)
  for codec in gzip snappy lz4 zstd; do holds "$read" "^with $codec$"; done
  kafka_tool org.apache.kafka.tools.TopicCommand --delete --topic "$topic"
}

# Kills every program of the node at once; up.sh restarts them, and a second run finds nothing to do.
killed_programs_are_started_again() {
  local before
  before=$(kubectl get pod --namespace "$DATA_NAMESPACE" mongodb-0 -o 'jsonpath={.metadata.uid}')
  # shellcheck disable=SC2046 # pids
  kill -KILL $(pids)
  bash "$ROOT/cluster/up.sh"
  holds "$(bash "$ROOT/cluster/up.sh")" '^already running$'
  kubectl wait --namespace "$DATA_NAMESPACE" pod/mongodb-0 --for condition=Ready --timeout 180s
  [[ $(kubectl get pod --namespace "$DATA_NAMESPACE" mongodb-0 -o 'jsonpath={.metadata.uid}') == "$before" ]]
}

# A pid file whose pid now belongs to another program.
a_stranger_with_our_pid_is_left_alone() {
  sleep 60 &
  trap 'kill %1 2>/dev/null || true' EXIT
  mkdir -p "$TMPDIR/state/pid"
  printf '%s 1-of-another-time hash\n' $! >"$TMPDIR/state/pid/trial"
  STATE=$TMPDIR/state
  not pid_of trial
  stop trial
  kill -0 $!
}

no_trace_is_left() {
  not test -e "$STATE"
  not ip link show "$BRIDGE"
  not holds "$(iptables-save; ip6tables-save)" "KUBE-|$FENCE|code-delivery"
  not holds "$(ip rule show)" "^($EGRESS_RULE|$((EGRESS_RULE + 1))):"
  not grep -F " $STATE/" /proc/self/mountinfo
  not holds "$(find /sys/fs/cgroup -maxdepth 2 -name kubepods)" .
  not holds "$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n')" "^$SOCKET$"
}

node() {
  trap 'kubectl delete namespace "$TRIAL" --ignore-not-found --wait=false >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
  kubectl apply -f - >/dev/null <<E
apiVersion: v1
kind: Namespace
metadata: {name: $TRIAL, labels: {pod-security.kubernetes.io/enforce: restricted}}
E
  kubectl wait pods --all --all-namespaces --for condition=Ready --timeout 180s >/dev/null || true
  check "The node is Ready and takes up to 300 pods" node_takes_300_pods
  check "Nothing listens beyond loopback and the cluster's own network" nothing_listens_beyond
  check "The cluster's networks cannot be reached from outside, nor the outside from pods" outsiders_are_fenced_off
  check "No local user can read Secrets from etcd, nor the keys to it" etcd_refuses_local_users
  check "The NodePorts answer on loopback and on no other address" node_ports_are_on_loopback_only
  check "Restricted pods run, and a rolling update replaces them" restricted_pods_run_and_roll
  check "A privileged pod is rejected" privileged_pods_are_refused
  check "A pod reaches a Service by its name" pods_find_services_by_name
  check "Logs and exec work" logs_and_exec_work
  check "Port-forward works" port_forward_works
  check "Kafka's data outlives its pod" data_outlives_a_pod
  check "Kafka takes records with every compression" kafka_takes_every_compression
  check "Killed programs of the node are restarted, and pods keep running" killed_programs_are_started_again
  check "A process that reuses a dead program's pid is left alone" a_stranger_with_our_pid_is_left_alone
}

gone() {
  trap 'rm -rf "$work"' EXIT
  check "No process, mount, bridge, chain, rule, cgroup or folder of the cluster is left" no_trace_is_left
}

# Everything above, for the separate shells of the checks.
export TMPDIR=$work
{
  echo 'set -euo pipefail; shopt -s inherit_errexit'
  declare -p ROOT CACHE STATE BIN SOCKET POD_NETWORK SERVICE_NETWORK NODE_IP BRIDGE NODE NAMESPACE DATA_NAMESPACE KAFKA_PORT MAP_PORT GATEWAY_PORT FENCE EGRESS_RULE TRIAL
  declare -f
} >"$work/functions"
"${1:?Usage: check.sh node|gone}"
echo "# pass $passed"
echo "# fail $failed"
((failed == 0))
