#!/usr/bin/env bash
# The whole demo, step by step. Each step does only what is needed, so the script can be interrupted and repeated.
# BROKERS=3: Kafka with three brokers, any of which may fail; chosen once, at the first start.
# TRACES=1: with Jaeger, and a trace of every delivery, until TRACES=0.
# GRAFANA=1: with Grafana's public image, for machines on the internet, until GRAFANA=0.
# MESH=1: in an Istio mesh, with mutual TLS and a proxy in every pod, until MESH=0. Deliveries under way go on in new pods.
# With CLUSTER=current, REGISTRY=host/path and KAFKA=host:port it installs into the cluster of the current kubectl context; there
# MONGODB=mongodb://…/database adds the delivery store, and HELM_FLAGS="--set …" further values of the chart.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alone bash "${BASH_SOURCE[0]}"
mkdir -p "$CACHE/log" 2>/dev/null || die "Cannot write to $CACHE; run sudo -E make demo, or choose another folder with CODE_DELIVERY_CACHE."
trap interrupted INT TERM HUP
here=$ROOT/cluster
began=$SECONDS
trap end_ahead EXIT

# begin: builds beside the earlier steps what takes more waiting than computing, downloads and images of servers that are started once, and then the
# services, with the processor time that the steps leave: a program is linked by one thread, and the largest packages are compiled by one. If a part
# fails, its own step tries again, and says why.
begin() {
  local part
  for part in downloads kafka envoy elasticsearch connect web; do bash "$here/build.sh" "$part" || echo "Building $part failed."; done
  bash "$here/images.sh" build kafka envoy elasticsearch connect
  nice -n 19 bash "$here/build.sh" services || echo "Building services failed."
}

case ${CLUSTER:-own} in
  own)
    STEPS=19
    traces=''
    if records_traces; then
      STEPS=20
      traces=$'\n'"  Jaeger:         http://$NODE_IP:$JAEGER_PORT/api/services (likewise); kubectl delivery trace primeiro"
    fi
    grafana=''
    if shows_grafana; then grafana=$'\n'"  Grafana:        http://127.0.0.1:$GRAFANA_PORT"; fi
    mesh=''
    if in_mesh; then
      STEPS=$((STEPS + 3))
      mesh=$'\n'"  Mesh:           istioctl proxy-status; its metrics are in Prometheus, as istio_requests_total, made of the proxies' access logs"
    fi
    forecast demo
    echo
    step "Check prerequisites" bash "$here/preflight.sh"
    if [[ ! -e $BIN/kubernetes ]]; then ahead begin; fi
    step "Get kubectl and helm" bash "$here/build.sh" tools
    step "Build Kubernetes" bash "$here/build.sh" pause node
    step "Build Prometheus and Alertmanager" bash "$here/build.sh" prometheus alertmanager
    if [[ -n $traces ]]; then step "Build Jaeger" bash "$here/build.sh" jaeger; fi
    step "Build cluster DNS" bash "$here/build.sh" coredns
    step "Build Kafka" bash "$here/build.sh" kafka
    step "Build the MongoDB-compatible server" bash "$here/build.sh" mongodb
    step "Build the mail server" bash "$here/build.sh" mailpit
    step "Get Envoy" bash "$here/build.sh" envoy
    if [[ -n $mesh ]]; then
      step "Build Istio" bash "$here/build.sh" istio
      step "Build the mesh's collector" bash "$here/build.sh" collector probe
    fi
    step "Build Elasticsearch" bash "$here/build.sh" elasticsearch
    step "Build Kafka Connect" bash "$here/build.sh" connect
    step "Build the page" bash "$here/build.sh" web
    step "Build the services" bash "$here/build.sh" services
    step "Pack images" bash "$here/images.sh" build
    step "Start the Kubernetes node" bash "$here/up.sh"
    step "Import images, install DNS" bash "$here/install.sh" base
    if [[ -n $mesh ]]; then step "Install the mesh" bash "$here/install.sh" mesh; fi
    step "Install the data services" bash "$here/install.sh" data
    step "Install Code Delivery" bash "$here/install.sh" product
    step "Start three deliveries" bash "$here/install.sh" deliveries
    cat <<E

Code Delivery is running ($((SECONDS - began)) s).
  Map:            http://127.0.0.1:$MAP_PORT (also /api/purchases, /api/invoices, /api/notifications)
  Mails:          http://127.0.0.1:$MAP_PORT/mail/api/v1/messages
  Set up kubectl: eval "\$(make -s env)"
  Then try:       kubectl get deliveries -w
                  kubectl apply -f crds/examples/delivery.yaml
                  curl http://127.0.0.1:$MAP_PORT/api/purchases -d '{"customer": {"name": "Ana", "email": "ana@example.com"}, "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990}], "deliverTo": {"routeId": "2"}}'
                  kubectl get kafkaconnectors
                  kubectl get pods -A
  Kafka:          127.0.0.1:$KAFKA_PORT
  Elasticsearch:  http://$(bash "$here/install.sh" address elasticsearch):9200
  Prometheus:     http://127.0.0.1:$PROMETHEUS_PORT/api/v1/alerts (its page is not part of its Go module)
  Alertmanager:   http://127.0.0.1:$ALERTMANAGER_PORT/api/v2/alerts (likewise)$grafana$traces$mesh
  Remove it:      make demo-down
E
    ;;
  current)
    STEPS=7
    step "Check prerequisites" bash "$here/preflight.sh"
    step "Get kubectl and helm" bash "$here/build.sh" tools
    step "Build the page" bash "$here/build.sh" web
    step "Build the services" bash "$here/build.sh" services
    step "Pack images" bash "$here/images.sh" build "${PRODUCT[@]}"
    step "Push images" bash "$here/images.sh" push "$REGISTRY" "${PRODUCT[@]}"
    step "Install Code Delivery" bash "$here/install.sh" current
    cat <<E

Code Delivery is installed in namespace $NAMESPACE ($((SECONDS - began)) s).
  Map:       kubectl port-forward --namespace $NAMESPACE service/code-delivery-gateway $MAP_PORT:80, then http://127.0.0.1:$MAP_PORT
  Then try:  kubectl apply --namespace $NAMESPACE -f crds/examples/delivery.yaml
  Remove it: helm uninstall code-delivery --namespace $NAMESPACE
E
    ;;
  *)
    die "CLUSTER is ${CLUSTER}, which is not supported; omit it to start the demo's own cluster, or set it to current for the cluster of kubectl's current context."
    ;;
esac
