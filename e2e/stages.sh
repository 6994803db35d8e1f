#!/usr/bin/env bash
# stages.sh STAGE: one stage of the test command; each can be run alone. Which there are: the functions below.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"

# cargo_tool NAME VERSION ARGUMENTS…: a tool from the crates' registry, installed once per version; not optimized, for that takes longer
# than it ever wins back.
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

# once NAME PATH… -- COMMAND…: runs it, unless it has passed before with these very files; then it only shows what it said.
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
    echo "It has passed with these very files; this is what it said:"
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
# The sink, against Elasticsearch and OpenSearch, and the connector operator, against an API server and a Kafka Connect; all real, on ports of their own.
sink() { once sink connect cluster/connect cluster/elasticsearch cluster/kafka cluster/lib.sh -- bash connect/test.sh; }
connectors() {
  once connectors Cargo.lock Cargo.toml connector-operator controller http-client observability charts/code-delivery/templates cluster/{connect,kafka,node,strimzi} cluster/lib.sh -- \
    bash connector-operator/tests/real.sh
}
# All tests that need no server. They wait more than they work, so many run at a time, and the kinds side by side.
unit() {
  cargo test --locked --workspace --exclude delivery-e2e --no-run
  export RUST_TEST_THREADS=8
  side_by_side unit_tests '--lib --bins' '--test=*' '--doc'
}
# unit_tests KINDS: those of these kinds.
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
# The node itself: what listens, who is fenced off, what is started again. It kills the node's programs, and nothing may be lost.
node() { bash cluster/check.sh node; }
# The tests of the whole product wait more than they work, so lists of their files run side by side; what stops the same part of
# the product stands in one list, and what stops much of it runs alone.
e2e() {
  local file failed=0 first=('erase' 'delivery vehicle operator' 'plugin refused start_requests history') second=('stream' 'sink') last=('outages')
  for file in e2e/tests/*.rs; do
    file=$(basename "$file" .rs)
    [[ " ${first[*]} ${second[*]} ${last[*]} " == *" $file "* ]] || die "The tests of $file are in no list of the stage e2e; add them to one."
  done
  export KUBECONFIG=$STATE/kubeconfig RUST_TEST_THREADS=4
  side_by_side end_to_end "${first[@]}" || failed=1
  side_by_side end_to_end "${second[@]}" || failed=1
  side_by_side end_to_end "${last[@]}" || failed=1
  return $failed
}
# side_by_side COMMAND LIST…: the command with each of the lists; what they print comes list by list.
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
# end_to_end FILES: those files' tests. Built as the whole workspace, as everywhere here: with one selection of packages, and so of
# features, everything is compiled once.
end_to_end() {
  local files
  read -ra files <<<"$1"
  cargo test --locked --workspace --no-fail-fast "${files[@]/#/--test=}"
}
# The libraries' own tests that need a server: the gateway's of its history, and of a topic's id.
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
# Everything is killed in turn, under a small load.
chaos() { bash cluster/chaos.sh run --short; }
# What all the tests before left in the log, and that the index has the same: read from here, and by a reader in the cluster as from a laptop.
verify() {
  export KUBECONFIG=$STATE/kubeconfig
  kubectl delivery verify -A --sink --bootstrap-servers "127.0.0.1:$KAFKA_PORT"
  kubectl delivery verify -A --sink
}
# The cluster taken away again, and nothing of it left.
down() {
  make -s demo-down
  bash cluster/check.sh gone
}

"$1"
