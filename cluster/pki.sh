#!/usr/bin/env bash
# Creates the node's certificate authority, a certificate and a kubeconfig for each client of the API server, and the user's kubeconfig.
# etcd has an authority of its own, because it gives everything to every client whose certificate it accepts, while the API server's
# clients, and all others that it signs a certificate for, have the permissions of their names.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PKI=$STATE/pki
DAYS=3650

# valid NAME: true if the certificate exists and is valid for another day.
valid() { openssl x509 -in "$PKI/$1.crt" -noout -checkend 86400 >/dev/null 2>&1; }

# authority NAME SUBJECT: creates a certificate authority.
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -out "$PKI/$1.crt.new" -days "$DAYS" -subj "$2"
  mv "$PKI/$1.crt.new" "$PKI/$1.crt"
}

# issue NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES [AUTHORITY]]: issues a key and a certificate, unless they exist and are still valid.
issue() {
  local ca=$PKI/${4:-ca}
  if valid "$1"; then return; fi
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -out "$PKI/$1.csr" -subj "$2"
  openssl x509 -req -in "$PKI/$1.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -days "$DAYS" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=clientAuth,serverAuth\n' "${3:-DNS:none}") -out "$PKI/$1.crt.new"
  mv "$PKI/$1.crt.new" "$PKI/$1.crt"
}

# kubeconfig NAME FILE [NAMESPACE]: writes a self-contained kubeconfig.
kubeconfig() {
  local ca certificate key
  ca=$(base64 -w0 "$PKI/ca.crt") certificate=$(base64 -w0 "$PKI/$1.crt") key=$(base64 -w0 "$PKI/$1.key")
  cat >"$2.new" <<K
apiVersion: v1
kind: Config
clusters: [{name: code-delivery, cluster: {server: "https://$NODE_IP:6443", certificate-authority-data: $ca}}]
users: [{name: $1, user: {client-certificate-data: $certificate, client-key-data: $key}}]
contexts: [{name: code-delivery, context: {cluster: code-delivery, user: $1, namespace: ${3:-default}}}]
current-context: code-delivery
K
  mv "$2.new" "$2"
}

umask 077
mkdir -p "$PKI"
if ! valid ca; then
  rm -f "$PKI"/*
  authority ca /CN=code-delivery
fi
if ! valid etcd-ca; then
  rm -f "$PKI"/etcd* "$PKI"/api-server-to-etcd.*
  authority etcd-ca /CN=code-delivery-etcd
fi
if [[ ! -s $PKI/service-accounts.pub ]]; then
  openssl genrsa -out "$PKI/service-accounts.key" 2048
  openssl rsa -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub.new"
  mv "$PKI/service-accounts.pub.new" "$PKI/service-accounts.pub"
fi
issue api-server /CN=kube-apiserver "IP:$NODE_IP,IP:$API_SERVICE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
issue api-server-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
# etcd presents the same certificate to its clients, to its peers (there are none), and to itself when it is asked over HTTP.
issue etcd /CN=etcd IP:127.0.0.1 etcd-ca
issue api-server-to-etcd /CN=kube-apiserver-etcd-client '' etcd-ca
issue admin /O=system:masters/CN=code-delivery-admin
issue kubelet "/O=system:nodes/CN=system:node:$NODE" "IP:$NODE_IP,DNS:$NODE"
issue kube-proxy /CN=system:kube-proxy
issue kube-controller-manager /CN=system:kube-controller-manager
issue kube-scheduler /CN=system:kube-scheduler
issue prometheus /CN=prometheus
for user in kubelet kube-proxy kube-controller-manager kube-scheduler prometheus; do kubeconfig "$user" "$PKI/$user.kubeconfig"; done
if in_mesh; then
  issue istio-cni /CN=istio-cni
  mkdir -p "$STATE/istio-cni" # with the name that the plugin expects
  kubeconfig istio-cni "$STATE/istio-cni/istio-cni-kubeconfig"
fi
kubeconfig admin "$STATE/kubeconfig" "$NAMESPACE"
