#!/usr/bin/env bash
# Creates the node's certificate authority, a certificate and a kubeconfig for each client of the API server, and the user's kubeconfig.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PKI=$STATE/pki
DAYS=3650

# issue NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]: issues a key and a certificate, unless they exist and are still valid.
issue() {
  if openssl x509 -in "$PKI/$1.crt" -noout -checkend 86400 >/dev/null 2>&1; then return; fi
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -out "$PKI/$1.csr" -subj "$2"
  openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days "$DAYS" \
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
if ! openssl x509 -in "$PKI/ca.crt" -noout -checkend 86400 >/dev/null 2>&1; then
  rm -f "$PKI"/*
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/ca.key" -out "$PKI/ca.crt.new" -days "$DAYS" -subj /CN=code-delivery
  mv "$PKI/ca.crt.new" "$PKI/ca.crt"
fi
if [[ ! -s $PKI/service-accounts.pub ]]; then
  openssl genrsa -out "$PKI/service-accounts.key" 2048
  openssl rsa -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub.new"
  mv "$PKI/service-accounts.pub.new" "$PKI/service-accounts.pub"
fi
issue api-server /CN=kube-apiserver "IP:$NODE_IP,IP:$API_SERVICE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
issue api-server-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
issue admin /O=system:masters/CN=code-delivery-admin
issue kubelet "/O=system:nodes/CN=system:node:$NODE" "IP:$NODE_IP,DNS:$NODE"
issue kube-proxy /CN=system:kube-proxy
issue kube-controller-manager /CN=system:kube-controller-manager
issue kube-scheduler /CN=system:kube-scheduler
for user in kubelet kube-proxy kube-controller-manager kube-scheduler; do kubeconfig "$user" "$PKI/$user.kubeconfig"; done
kubeconfig admin "$STATE/kubeconfig" "$NAMESPACE"
