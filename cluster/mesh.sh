# shellcheck shell=bash
# The mesh, only with MESH=1: Istio's control plane, the collector that makes Istio's metrics of the proxies' access logs, and the demo's address
# on Istio's gateway. up.sh sources it for the node's part, and install.sh for the cluster's; it uses their functions. Sourced, never run.

# mesh_role: lets the network plugin read the pod that it prepares, and nothing else.
mesh_role() {
  kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f - <<E
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: code-delivery-istio-cni}
rules: [{apiGroups: [""], resources: [pods, namespaces], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: code-delivery-istio-cni}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: code-delivery-istio-cni}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: istio-cni}]
E
}

# mesh_remember: the node's part: its plugin's rights, and that there is a mesh, for later runs without MESH.
mesh_remember() {
  if in_mesh; then
    echo 1 >"$STATE/mesh"
    wait_for 60 mesh_role || die "The mesh's network plugin could not be given its permissions; see $STATE/log/kube-apiserver.log."
  else
    rm -f "$STATE/mesh"
  fi
}

# mesh_collector: prints the collector's objects; it passes spans on if the demo records traces.
mesh_collector() {
  local file=cluster/mesh/collector.yaml traces=(-e '/# traces$/d')
  if records_traces; then traces=(-e 's/ # traces$//' -e "s|JAEGER|http://$NODE_IP:$OTLP_PORT|"); fi
  sed "${traces[@]}" -e "s|image: IMAGE|image: $(image collector)|" -e "s|: CHECKSUM|: \"$(key "$(hash_of "$file")" "${traces[*]}")\"|" "$file"
}

# mesh_trouble SENTENCE: shows the mesh's pods, and ends.
mesh_trouble() {
  kubectl get pods --namespace "$MESH_NAMESPACE" -o wide || true
  kubectl get events --namespace "$MESH_NAMESPACE" --sort-by .lastTimestamp | tail -n 15 || true
  kubectl logs --namespace "$MESH_NAMESPACE" deployment/istiod --tail 20 || true
  die "$1"
}

# mesh_collect: creates the collector, and what the proxies have to tell it.
mesh_collect() { mesh_collector | apply; }

# mesh_injects: true if the API server can ask Istio for sidecars: without its certificate in the webhook, no pod would start.
mesh_injects() { [[ -n $(kubectl get mutatingwebhookconfiguration istio-sidecar-injector -o 'jsonpath={.webhooks[0].clientConfig.caBundle}') ]]; }

# mesh_up: installs Istio and the collector. A proxy is an image of ours, since Istio's own is not on this machine.
mesh_up() {
  local proxy
  proxy=$(image proxy)
  apply <<E
apiVersion: v1
kind: Namespace
metadata: {name: $MESH_NAMESPACE}
E
  kubectl apply --server-side --force-conflicts --field-manager code-delivery-demo -f "$CACHE/mesh/crds"
  kubectl wait --for condition=Established --timeout 60s crd/gateways.gateway.networking.k8s.io crd/envoyfilters.networking.istio.io
  release istiod "$CACHE/mesh/charts/istiod" "$MESH_NAMESPACE" "${OURS[@]}" --values cluster/mesh/istiod.yaml \
    --set "image=$(image istiod),global.proxy.image=$proxy,global.proxy_init.image=$proxy"
  wait_for 60 mesh_injects || mesh_trouble "Istio's control plane has not put its certificate into its webhook; see kubectl logs --namespace $MESH_NAMESPACE deployment/istiod"
  # Istio checks its objects too, as soon as that certificate is there.
  wait_for 60 mesh_collect || true
  mesh_collect || mesh_trouble "The mesh's collector could not be created; this step's log has the reason."
  kubectl rollout status --namespace "$MESH_NAMESPACE" deployment/collector --timeout 120s ||
    mesh_trouble "The mesh's collector did not become ready; see kubectl logs --namespace $MESH_NAMESPACE deployment/collector"
  say "Istio in $MESH_NAMESPACE"
}

# mesh_follow: replaces the pods of deliveries under way that are not in the mesh although the demo is, or the other way round: Kafka takes nobody
# without an identity, and nobody tells a proxy outside of a mesh where Kafka is. True if none is left.
mesh_follow() {
  local label='sidecar.istio.io/inject!=true' others left
  if ! in_mesh; then label='sidecar.istio.io/inject=true'; fi
  others=(--namespace "$NAMESPACE" --selector "app.kubernetes.io/name=code-delivery-simulator,$label"
    --field-selector 'status.phase!=Succeeded,status.phase!=Failed')
  kubectl delete pods "${others[@]}" --wait=false
  left=$(kubectl get pods "${others[@]}" -o name) || return
  [[ -z $left ]]
}

# mesh_deliveries: has the deliveries under way go on in new pods, if theirs do not suit the demo as it is now.
mesh_deliveries() {
  wait_for 90 mesh_follow ||
    die "Some deliveries are still driven by their old pods; see kubectl get pods --namespace $NAMESPACE --selector app.kubernetes.io/name=code-delivery-simulator --label-columns sidecar.istio.io/inject"
}

# mesh_down: removes what mesh_up has installed, once no pod of the product is in the mesh. Its CRDs go, and with them all of their objects.
mesh_down() {
  if [[ -z $(kubectl get namespace "$MESH_NAMESPACE" --ignore-not-found -o name) ]]; then return; fi
  mesh_deliveries
  kubectl delete gatewayclasses --all --ignore-not-found || true # an interrupted run may have removed the kind itself
  if helm status istiod --namespace "$MESH_NAMESPACE" >/dev/null 2>&1; then helm uninstall istiod --namespace "$MESH_NAMESPACE" --wait --timeout 60s; fi
  kubectl delete mutatingwebhookconfigurations,validatingwebhookconfigurations --selector app.kubernetes.io/part-of=istio --ignore-not-found
  kubectl delete -f "$CACHE/mesh/crds" --ignore-not-found --timeout 60s
  kubectl delete clusterrolebindings,clusterroles code-delivery-istio-cni --ignore-not-found
  kubectl delete namespace "$MESH_NAMESPACE" --timeout 60s
}

# mesh_entrance: puts the demo's address on Istio's gateway, whose pods istiod creates for the product's Gateway object.
mesh_entrance() {
  local gateway=code-delivery-ingress
  kubectl wait --namespace "$NAMESPACE" "gateways.gateway.networking.k8s.io/$gateway" --for condition=Accepted --timeout 60s ||
    mesh_trouble "Istio did not accept the Gateway $gateway; see kubectl describe gateways.gateway.networking.k8s.io $gateway"
  if ! wait_for 60 kubectl get deployment "$gateway-istio" --namespace "$NAMESPACE" ||
    ! kubectl rollout status --namespace "$NAMESPACE" "deployment/$gateway-istio" --timeout 120s; then
    kubectl get pods --namespace "$NAMESPACE"
    kubectl get events --namespace "$NAMESPACE" --sort-by .lastTimestamp | tail -n 15
    kubectl logs --namespace "$NAMESPACE" "deployment/$gateway-istio" --tail 30 || true
    mesh_trouble "Istio's gateway did not become ready; see kubectl describe deployment $gateway-istio and its log."
  fi
  apply <<E
# Both ports lead to Istio's gateway: the map's, and the one for tests of the gateway behind it.
apiVersion: v1
kind: Service
metadata: {name: entrance, namespace: $NAMESPACE}
spec:
  type: NodePort
  selector: {gateway.networking.k8s.io/gateway-name: $gateway}
  ports:
    - {name: http-map, port: 80, targetPort: 80, nodePort: $MAP_PORT, appProtocol: http}
    - {name: http-tests, port: 81, targetPort: 80, nodePort: $GATEWAY_PORT, appProtocol: http}
E
}

# mesh_entrance_down: frees the demo's ports for the entrance and the gateway outside of a mesh.
mesh_entrance_down() { kubectl delete service entrance --namespace "$NAMESPACE" --ignore-not-found; }

# mesh_jobs: prints the parts of Prometheus' configuration for the mesh: Istio's metrics, the control plane's, and those of the proxies themselves,
# whose port is never captured.
mesh_jobs() {
  monitoring_pods "$MESH_NAMESPACE/collector" app.kubernetes.io/name=collector
  cat <<E
  - job_name: $MESH_NAMESPACE/istiod
    sample_limit: 5000
    kubernetes_sd_configs:
      - role: pod
        kubeconfig_file: $PKI/prometheus.kubeconfig
        namespaces: {names: [$MESH_NAMESPACE]}
        selectors: [{role: pod, label: "app=istiod"}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: http-monitoring, action: keep}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
  - job_name: $NAMESPACE/proxies
    sample_limit: 5000
    metrics_path: /stats/prometheus
    # Of what a proxy counts, only what it uses itself: a twentieth of all, with a pod for each delivery.
    params: {usedonly: [""], filter: ['^server\.']}
    kubernetes_sd_configs:
      - role: pod
        kubeconfig_file: $PKI/prometheus.kubeconfig
        namespaces: {names: [$NAMESPACE, $DATA_NAMESPACE]}
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: http-envoy-prom, action: keep}
      - {source_labels: [__meta_kubernetes_pod_phase], regex: Succeeded|Failed, action: drop}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
    metric_relabel_configs:
      - {source_labels: [__name__], regex: ".*_bucket", action: drop}
E
}
