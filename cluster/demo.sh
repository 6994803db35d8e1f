#!/usr/bin/env bash
# The whole demo, step by step; each step leaves alone what is already as it should be, so it can be repeated and interrupted.
# BROKERS=3: a Kafka of three brokers, of which each may be lost; chosen once, with the first start.
# With CLUSTER=current, REGISTRY=host/path and KAFKA=host:port it installs into the cluster of the current kubectl context; there
# MONGODB=mongodb://…/database adds the history, and HELM_FLAGS="--set …" further values of the chart.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alone bash "${BASH_SOURCE[0]}"
mkdir -p "$CACHE/log" 2>/dev/null || die "$CACHE cannot be written to; run sudo -E make demo, or name another folder with CODE_DELIVERY_CACHE."
trap interrupted INT TERM HUP
here=$ROOT/cluster
began=$SECONDS

case ${CLUSTER:-own} in
  own)
    STEPS=16
    step "What the machine has" bash "$here/preflight.sh"
    step "kubectl and helm" bash "$here/build.sh" tools
    step "Build Kubernetes" bash "$here/build.sh" pause node
    step "Build cluster DNS" bash "$here/build.sh" coredns
    step "Build Kafka" bash "$here/build.sh" kafka
    step "Build the MongoDB-compatible server" bash "$here/build.sh" mongodb
    step "Build Elasticsearch" bash "$here/build.sh" elasticsearch
    step "Build Kafka Connect" bash "$here/build.sh" connect
    step "Build the page" bash "$here/build.sh" web
    step "Build the services" bash "$here/build.sh" services
    step "Pack images" bash "$here/images.sh" build
    step "Kubernetes node" bash "$here/up.sh"
    step "Bring images, cluster DNS" bash "$here/install.sh" base
    step "Kafka, MongoDB, Elasticsearch" bash "$here/install.sh" data
    step "Code Delivery" bash "$here/install.sh" product
    step "Three deliveries" bash "$here/install.sh" deliveries
    cat <<E

Code Delivery runs ($((SECONDS - began)) s).
  The map:      http://127.0.0.1:$MAP_PORT
  For kubectl:  eval "\$(make -s env)"
  Then try:     kubectl get deliveries -w
                kubectl apply -f crds/examples/delivery.yaml
                kubectl get kafkaconnectors
                kubectl get pods -A
  From this machine: Kafka 127.0.0.1:$KAFKA_PORT, Elasticsearch http://$(bash "$here/install.sh" address elasticsearch):9200
  Take it away: make demo-down
E
    ;;
  current)
    STEPS=7
    step "What the machine has" bash "$here/preflight.sh"
    step "kubectl and helm" bash "$here/build.sh" tools
    step "Build the page" bash "$here/build.sh" web
    step "Build the services" bash "$here/build.sh" services
    step "Pack images" bash "$here/images.sh" build operator simulator gateway connector-operator
    step "Push images" bash "$here/images.sh" push "$REGISTRY" operator simulator gateway connector-operator
    step "Code Delivery" bash "$here/install.sh" current
    cat <<E

Code Delivery is installed in namespace $NAMESPACE ($((SECONDS - began)) s).
  The map:   kubectl port-forward --namespace $NAMESPACE service/code-delivery-gateway $MAP_PORT:80, then http://127.0.0.1:$MAP_PORT
  Then try:  kubectl apply --namespace $NAMESPACE -f crds/examples/delivery.yaml
  Take it away: helm uninstall code-delivery --namespace $NAMESPACE
E
    ;;
  *)
    die "CLUSTER is ${CLUSTER}; it can be left out (a cluster of the demo's own) or be current (that of kubectl's current context)."
    ;;
esac
