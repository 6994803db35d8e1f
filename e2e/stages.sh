#!/usr/bin/env bash
# stages.sh STAGE: runs one stage of the test command. The stages are the functions below; each can be run by itself.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"

# cargo_tool NAME VERSION ARGUMENTS…: runs a tool from crates.io, installed once per version; built without optimization, which would take
# longer than it saves.
cargo_tool() {
  local tools=$CACHE/cargo-tools/$1-$2
  if [[ ! -x $tools/bin/$1 ]]; then
    CARGO_TARGET_DIR=$CACHE/cargo-tools/target cargo install --quiet --debug --locked --root "$tools" "$1@$2"
  fi
  "$tools/bin/$1" "${@:3}"
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

format() { cargo fmt --all --check; }
clippy() { cargo clippy --locked --workspace --all-targets -- -D warnings; }
dependencies() {
  cargo_tool cargo-machete 0.9.2
  cargo_tool cargo-deny 0.20.2 --log-level error check bans licenses sources
}
scripts() {
  local files
  mapfile -t files < <(git ls-files '*.sh' .ci/run)
  shellcheck -x -P SCRIPTDIR "${files[@]}"
  python3 cluster/times_test.py
  bash cluster/step_test.sh
}
page_lint() {
  page_modules
  npm run --prefix web lint
}
page_in_browser() {
  page_modules
  npm run --prefix web build
  npm run --prefix web test:page
}
page_browser() { once page_browser web -- page_in_browser; }
charts() { bash charts/test.sh; }
# The sink against Elasticsearch and OpenSearch, and the connector operator against an API server and a Kafka Connect; all real, on their own ports.
sink() { once sink connect cluster/connect cluster/elasticsearch cluster/kafka cluster/lib.sh -- bash connect/test.sh; }
connectors() {
  once connectors Cargo.lock Cargo.toml connector-operator controller http-client observability charts/code-delivery/templates cluster/{connect,kafka,node,strimzi} cluster/lib.sh -- \
    bash connector-operator/tests/real.sh
}
# All tests that need no server. They mostly wait, so many run at a time, and unit, integration and doc tests run in parallel.
unit() {
  cargo test --locked --workspace --exclude delivery-e2e --no-run
  export RUST_TEST_THREADS=8
  side_by_side unit_tests '--lib --bins' '--test=*' '--doc'
}
# unit_tests KINDS: runs the tests of these kinds (cargo's target selection).
unit_tests() {
  local kinds
  read -ra kinds <<<"$1"
  cargo test --locked --workspace --exclude delivery-e2e --no-fail-fast "${kinds[@]}"
}
page_unit() {
  page_modules
  npm test --prefix web
}
demo() { make -s demo; }
# The node itself: listening sockets, isolation, restarts. It kills the node's programs, and nothing may be lost.
node() { bash cluster/check.sh node; }
# The end-to-end tests mostly wait, so lists of test files run in parallel. Tests that stop the same component are in one list, and tests that
# stop much of the product run alone.
e2e() {
  local file failed=0 first=('erase' 'delivery vehicle operator' 'plugin refused start_requests history') second=('stream' 'sink') last=('outages')
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
  for i in "${!pids[@]}"; do
    wait "${pids[i]}" || failed=1
    cat "${outputs[i]}"
    rm "${outputs[i]}"
  done
  return $failed
}
# end_to_end FILES: runs the tests in these files. Builds the whole workspace, like every other stage: with one selection of packages, and so
# of features, everything is compiled only once.
end_to_end() {
  local files
  read -ra files <<<"$1"
  cargo test --locked --workspace --no-fail-fast "${files[@]/#/--test=}"
}
# Unit tests that need a server: the gateway's delivery store and position index, and a topic's id.
history() {
  address() { kubectl --kubeconfig "$STATE/kubeconfig" get service "$1" --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.clusterIP}'; }
  local mongodb elasticsearch
  mongodb=$(address mongodb)
  elasticsearch=$(address elasticsearch)
  MONGODB_URI=mongodb://$mongodb:27017/ ELASTICSEARCH_URL=http://$elasticsearch:9200 KAFKA=127.0.0.1:$KAFKA_PORT \
    cargo test --locked --workspace --lib -- --ignored
}
proxy() { bash e2e/proxy/run.sh; }
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
