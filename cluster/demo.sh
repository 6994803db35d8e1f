#!/usr/bin/env bash
# The whole demo, step by step. Each step does only what is needed, so the script can be interrupted and repeated.
# BROKERS=3: Kafka with three brokers, any of which may fail; chosen once, at the first start.
# With CLUSTER=current, REGISTRY=host/path and KAFKA=host:port it installs into the cluster of the current kubectl context; there
# MONGODB=mongodb://…/database adds the delivery store, and HELM_FLAGS="--set …" further values of the chart.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alone bash "${BASH_SOURCE[0]}"
mkdir -p "$CACHE/log" 2>/dev/null || die "Cannot write to $CACHE; run sudo -E make demo, or choose another folder with CODE_DELIVERY_CACHE."
trap interrupted INT TERM HUP
here=$ROOT/cluster
began=$SECONDS

case ${CLUSTER:-own} in
  own)
    STEPS=16
    step "Check prerequisites" bash "$here/preflight.sh"
    step "Get kubectl and helm" bash "$here/build.sh" tools
    step "Build Kubernetes" bash "$here/build.sh" pause node
    step "Build cluster DNS" bash "$here/build.sh" coredns
    step "Build Kafka" bash "$here/build.sh" kafka
    step "Build the MongoDB-compatible server" bash "$here/build.sh" mongodb
    step "Build Elasticsearch" bash "$here/build.sh" elasticsearch
    step "Build Kafka Connect" bash "$here/build.sh" connect
    step "Build the page" bash "$here/build.sh" web
    step "Build the services" bash "$here/build.sh" services
    step "Pack images" bash "$here/images.sh" build
    step "Start the Kubernetes node" bash "$here/up.sh"
    step "Import images, install DNS" bash "$here/install.sh" base
    step "Install the data services" bash "$here/install.sh" data
    step "Install Code Delivery" bash "$here/install.sh" product
    step "Start three deliveries" bash "$here/install.sh" deliveries
    cat <<E

Code Delivery is running ($((SECONDS - began)) s).
  Map:            http://127.0.0.1:$MAP_PORT
  Set up kubectl: eval "\$(make -s env)"
  Then try:       kubectl get deliveries -w
                  kubectl apply -f crds/examples/delivery.yaml
                  kubectl get kafkaconnectors
                  kubectl get pods -A
  Kafka:          127.0.0.1:$KAFKA_PORT
  Elasticsearch:  http://$(bash "$here/install.sh" address elasticsearch):9200
  Remove it:      make demo-down
E
    ;;
  current)
    STEPS=7
    step "Check prerequisites" bash "$here/preflight.sh"
    step "Get kubectl and helm" bash "$here/build.sh" tools
    step "Build the page" bash "$here/build.sh" web
    step "Build the services" bash "$here/build.sh" services
    step "Pack images" bash "$here/images.sh" build operator simulator gateway connector-operator
    step "Push images" bash "$here/images.sh" push "$REGISTRY" operator simulator gateway connector-operator
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
