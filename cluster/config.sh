#!/usr/bin/env bash
# Writes the configuration files of the node's programs to $STATE/config. Everything listens on loopback or on the bridge.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CONFIG=$STATE/config
PAUSE_IMAGE=${1:?Usage: config.sh PAUSE-IMAGE}
mkdir -p "$CONFIG/cni"

# file NAME: writes standard input to the file, but only if it differs: kube-proxy exits when its file is touched.
file() {
  cat >"$CONFIG/$1.new"
  if cmp -s "$CONFIG/$1.new" "$CONFIG/$1"; then rm "$CONFIG/$1.new"; else mv "$CONFIG/$1.new" "$CONFIG/$1"; fi
}

# In a mesh, Istio's plugin follows the bridge's: it writes the capture rules into the network of each pod that has a sidecar. Its
# log is in $STATE/istio-cni, beside its kubeconfig.
plugins=/usr/lib/cni
mesh_plugin=''
if in_mesh; then
  plugins=$CONFIG/plugins
  mkdir -p "$plugins"
  program=$(readlink -f "$BIN/istio-cni") || die "The mesh's network plugin has not been built; run MESH=1 make demo."
  ln -sfn -t "$plugins" /usr/lib/cni/* "$program"
  mesh_plugin=",
  {\"type\": \"istio-cni\", \"cni_agent_run_dir\": \"$STATE/istio-cni\", \"pod_namespace\": \"$MESH_NAMESPACE\",
   \"exclude_namespaces\": [\"kube-system\", \"$MESH_NAMESPACE\"], \"plugin_log_level\": \"info\"}"
fi

# restrict_oom_score_adj: without it, no pod would start where the score cannot be lowered (inside another container, for example).
file containerd.toml <<E
version = 2
root = "$STATE/containerd"
state = "$STATE/run/containerd"
[grpc]
  address = "$SOCKET"
[plugins."io.containerd.internal.v1.opt"]
  path = "$STATE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$plugins"
    conf_dir = "$CONFIG/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
E

# No masquerading: pods reach only each other and this machine.
file cni/10-code-delivery.conflist <<E
{"cniVersion": "0.4.0", "name": "code-delivery", "plugins": [
  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$STATE/run/addresses",
            "ranges": [[{"subnet": "$POD_NETWORK"}]], "routes": [{"dst": "0.0.0.0/0"}]}}$mesh_plugin]}
E

file kubelet.yaml <<E
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
healthzBindAddress: 127.0.0.1
readOnlyPort: 0
authentication: {anonymous: {enabled: false}, x509: {clientCAFile: $STATE/pki/ca.crt}, webhook: {enabled: true}}
authorization: {mode: Webhook}
tlsCertFile: $STATE/pki/kubelet.crt
tlsPrivateKeyFile: $STATE/pki/kubelet.key
containerRuntimeEndpoint: unix://$SOCKET
cgroupDriver: cgroupfs
failSwapOn: false
maxPods: 300
kubeAPIQPS: 100
kubeAPIBurst: 200
clusterDNS: [$DNS_SERVICE_IP]
clusterDomain: cluster.local
resolvConf: /dev/null
podLogsDir: $STATE/log/pods
volumePluginDir: $STATE/kubelet/volume-plugins
containerLogMaxSize: 10Mi
containerLogMaxFiles: 2
evictionHard: {imagefs.available: 1%, nodefs.available: 1%, memory.available: 100Mi}
# Images are imported, not pulled, so garbage collection must not remove them.
imageGCHighThresholdPercent: 100
E

file kube-proxy.yaml <<E
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $STATE/pki/kube-proxy.kubeconfig}
mode: iptables
clusterCIDR: $POD_NETWORK
hostnameOverride: $NODE
bindAddress: $NODE_IP
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
nodePortAddresses: [127.0.0.0/8]
conntrack: {maxPerCore: 0}
E
