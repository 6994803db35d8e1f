#!/usr/bin/env bash
# Starts the node: network, certificates, then every program that is not already running and healthy.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
source "$ROOT/cluster/network.sh"
source "$ROOT/cluster/traces.sh"
source "$ROOT/cluster/monitoring.sh"
source "$ROOT/cluster/jaeger.sh"
source "$ROOT/cluster/mesh.sh"
alone bash "${BASH_SOURCE[0]}" "$@"

STARTED=()
NODE_PROGRAM=$(readlink -f "$BIN/kubernetes") || die "The node's program has not been built; run make demo."
PKI=$STATE/pki
CONFIG=$STATE/config

own "$STATE"
mkdir -p "$STATE"/{run,log,etcd,data/kafka,data/mongodb,data/elasticsearch,data/mailpit,data/sales}
chmod 700 "$STATE/etcd"
chown "$NOBODY:$NOBODY" "$STATE"/data/{kafka,mongodb,elasticsearch,mailpit,sales}
remember_folders
network_up
bash "$ROOT/cluster/pki.sh"
bash "$ROOT/cluster/config.sh" "$(cat "$CACHE/images/pause/reference")"

kubectl() { "$BIN/kubectl" --kubeconfig "$STATE/kubeconfig" --request-timeout 5s "$@"; }
containerd_answers() { timeout 5 ctr -a "$SOCKET" version; }
etcd_answers() { curl -fsS -m 2 --cacert "$PKI/etcd-ca.crt" --cert "$PKI/api-server-to-etcd.crt" --key "$PKI/api-server-to-etcd.key" https://127.0.0.1:2379/health; }
api_server_answers() { kubectl get --raw /readyz; }
controller_manager_answers() { curl -fsSk -m 2 https://127.0.0.1:10257/healthz; }
scheduler_answers() { curl -fsSk -m 2 https://127.0.0.1:10259/healthz; }
kubelet_answers() { curl -fsS -m 2 http://127.0.0.1:10248/healthz; }
proxy_answers() { curl -fsS -m 2 http://127.0.0.1:10256/livez; }
node_is_ready() { [[ $(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]; }

ensure containerd containerd_answers "$CONFIG/containerd.toml" containerd -c "$CONFIG/containerd.toml"

# Both ports accept only clients with a certificate: to read etcd is to read every Secret, and to write it is to be root on this machine.
# etcd and its client are restarted when its certificate authority changes.
ensure etcd etcd_answers "$PKI/etcd-ca.crt" "$NODE_PROGRAM" etcd --name code-delivery --data-dir "$STATE/etcd" \
  --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://127.0.0.1:2379 \
  --client-cert-auth --trusted-ca-file "$PKI/etcd-ca.crt" --cert-file "$PKI/etcd.crt" --key-file "$PKI/etcd.key" \
  --listen-peer-urls https://127.0.0.1:2380 --initial-advertise-peer-urls https://127.0.0.1:2380 \
  --peer-client-cert-auth --peer-trusted-ca-file "$PKI/etcd-ca.crt" --peer-cert-file "$PKI/etcd.crt" --peer-key-file "$PKI/etcd.key" \
  --initial-cluster code-delivery=https://127.0.0.1:2380 \
  --auto-compaction-mode periodic --auto-compaction-retention 30m

ensure kube-apiserver api_server_answers "$PKI/etcd-ca.crt" "$NODE_PROGRAM" kube-apiserver \
  --bind-address "$NODE_IP" --advertise-address "$NODE_IP" --secure-port 6443 \
  --etcd-servers https://127.0.0.1:2379 --etcd-cafile "$PKI/etcd-ca.crt" \
  --etcd-certfile "$PKI/api-server-to-etcd.crt" --etcd-keyfile "$PKI/api-server-to-etcd.key" --service-cluster-ip-range "$SERVICE_NETWORK" \
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

mesh_remember
monitoring_up
jaeger_up

wait_for 60 node_is_ready || die "The node did not become Ready within a minute; see kubectl describe node $NODE and $STATE/log/kubelet.log."
if ((${#STARTED[@]} == 0)); then say "already running"; else say "started ${STARTED[*]}"; fi
