#!/usr/bin/env bash
# Starts the node: network, certificates, then every program that is not already running and healthy.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
source "$ROOT/cluster/network.sh"
alone bash "${BASH_SOURCE[0]}" "$@"

STARTED=()
NODE_PROGRAM=$(readlink -f "$BIN/kubernetes") || die "The node's program has not been built; run make demo."
PKI=$STATE/pki
CONFIG=$STATE/config

own "$STATE"
mkdir -p "$STATE"/{run,log,etcd,data/kafka,data/mongodb,data/elasticsearch}
chmod 700 "$STATE/etcd"
chown "$NOBODY:$NOBODY" "$STATE"/data/{kafka,mongodb,elasticsearch}
# Folders outside $STATE that the kubelet and containerd create; down.sh removes those that do not exist yet.
if [[ ! -e $STATE/strangers ]]; then
  for folder in /var/lib/kubelet /var/lib/cni /var/log/containers /run/containerd /etc/cni; do
    if [[ ! -e $folder ]]; then echo "$folder"; fi
  done >"$STATE/strangers.new"
  mv "$STATE/strangers.new" "$STATE/strangers"
fi
network_up
bash "$ROOT/cluster/pki.sh"
bash "$ROOT/cluster/config.sh" "$(cat "$CACHE/images/pause/reference")"

kubectl() { "$BIN/kubectl" --kubeconfig "$STATE/kubeconfig" --request-timeout 5s "$@"; }
containerd_answers() { timeout 5 ctr -a "$SOCKET" version; }
etcd_answers() { curl -fsS -m 2 http://127.0.0.1:2379/health; }
api_server_answers() { kubectl get --raw /readyz; }
controller_manager_answers() { curl -fsSk -m 2 https://127.0.0.1:10257/healthz; }
scheduler_answers() { curl -fsSk -m 2 https://127.0.0.1:10259/healthz; }
kubelet_answers() { curl -fsS -m 2 http://127.0.0.1:10248/healthz; }
proxy_answers() { curl -fsS -m 2 http://127.0.0.1:10256/livez; }
node_is_ready() { [[ $(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]; }

ensure containerd containerd_answers "$CONFIG/containerd.toml" containerd -c "$CONFIG/containerd.toml"

ensure etcd etcd_answers - "$NODE_PROGRAM" etcd --name code-delivery --data-dir "$STATE/etcd" \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
  --initial-cluster code-delivery=http://127.0.0.1:2380 \
  --auto-compaction-mode periodic --auto-compaction-retention 30m

ensure kube-apiserver api_server_answers - "$NODE_PROGRAM" kube-apiserver \
  --bind-address "$NODE_IP" --advertise-address "$NODE_IP" --secure-port 6443 \
  --etcd-servers http://127.0.0.1:2379 --service-cluster-ip-range "$SERVICE_NETWORK" \
  --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged=true \
  --client-ca-file "$PKI/ca.crt" --tls-cert-file "$PKI/api-server.crt" --tls-private-key-file "$PKI/api-server.key" \
  --service-account-issuer https://kubernetes.default.svc.cluster.local \
  --service-account-key-file "$PKI/service-accounts.pub" --service-account-signing-key-file "$PKI/service-accounts.key" \
  --kubelet-client-certificate "$PKI/api-server-to-kubelet.crt" --kubelet-client-key "$PKI/api-server-to-kubelet.key" \
  --kubelet-certificate-authority "$PKI/ca.crt" --kubelet-preferred-address-types InternalIP

ensure kube-controller-manager controller_manager_answers - "$NODE_PROGRAM" kube-controller-manager \
  --bind-address 127.0.0.1 --kubeconfig "$PKI/kube-controller-manager.kubeconfig" --leader-elect=false \
  --use-service-account-credentials --service-account-private-key-file "$PKI/service-accounts.key" --root-ca-file "$PKI/ca.crt" \
  --cluster-signing-cert-file "$PKI/ca.crt" --cluster-signing-key-file "$PKI/ca.key" --kube-api-qps 100 --kube-api-burst 200

ensure kube-scheduler scheduler_answers - "$NODE_PROGRAM" kube-scheduler \
  --bind-address 127.0.0.1 --kubeconfig "$PKI/kube-scheduler.kubeconfig" --leader-elect=false --kube-api-qps 100 --kube-api-burst 200

ensure kubelet kubelet_answers "$CONFIG/kubelet.yaml" "$NODE_PROGRAM" kubelet --config "$CONFIG/kubelet.yaml" \
  --kubeconfig "$PKI/kubelet.kubeconfig" --root-dir "$STATE/kubelet" --cert-dir "$PKI" --hostname-override "$NODE" --node-ip "$NODE_IP"

ensure kube-proxy proxy_answers "$CONFIG/kube-proxy.yaml" "$NODE_PROGRAM" kube-proxy --config "$CONFIG/kube-proxy.yaml"

wait_for 60 node_is_ready || die "The node did not become Ready within a minute; see kubectl describe node $NODE and $STATE/log/kubelet.log."
if ((${#STARTED[@]} == 0)); then say "already running"; else say "started ${STARTED[*]}"; fi
